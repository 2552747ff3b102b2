"""The recipes as resolved, and what sets them apart."""

import difflib

from kpoc.ground.yaml_values import write_yaml
from kpoc.report import lookup, numbers
from kpoc.report.flatten import flatten

TITLE = "Recipes"
MISSING = "No recipes: no side brought one; tables of predictions carry none."
PLACE = 200


def context(comparison: dict) -> dict | None:
    """Write every recipe as YAML, lines that differ from the baseline's marked."""
    sides = comparison["sides"]
    texts = [
        write_yaml(side["recipe"], width=76) if side.get("recipe") else None
        for side in sides
    ]
    if not any(texts):
        return None
    baseline, *others = texts
    first_other = next((text for text in others if text), None)
    return {
        "names": lookup.side_names(comparison),
        "differing": _differing([side.get("recipe") or {} for side in sides]),
        "sides": [
            {
                "name": side["name"],
                "foreign": side.get("foreign", False),
                "recorded": lookup.is_recorded(side),
                "lines": _marked(text, baseline if i else first_other),
            }
            for i, (side, text) in enumerate(zip(sides, texts, strict=True))
        ],
    }


def _marked(text: str | None, other: str | None) -> list[dict] | None:
    if text is None:
        return None
    lines = text.splitlines()
    if other is None:
        return [{"text": line, "differs": False} for line in lines]
    same: set[int] = set()
    matcher = difflib.SequenceMatcher(None, other.splitlines(), lines, autojunk=False)
    for block in matcher.get_matching_blocks():
        same.update(range(block.b, block.b + block.size))
    return [{"text": line, "differs": i not in same} for i, line in enumerate(lines)]


def _differing(recipes: list[dict]) -> list[dict]:
    found = [flatten(recipe) for recipe in recipes]
    known = [flat for flat in found if flat]
    keys = dict.fromkeys(key for flat in known for key in flat)
    rows = []
    for key in keys:
        if len({flat.get(key, "") for flat in known}) > 1:
            texts = [
                flat.get(key, "not set") if flat else numbers.NOT_AVAILABLE
                for flat in found
            ]
            rows.append({"key": key, "texts": texts})
    return rows
