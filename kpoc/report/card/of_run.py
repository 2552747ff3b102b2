"""The card in a run directory: one training, with figures of its validation rows."""

import os
from pathlib import Path

from kpoc.evaluation.few import SAY_LITTLE
from kpoc.protocols.manifest import Manifest
from kpoc.report import numbers, words
from kpoc.report.card import data, facts, results
from kpoc.report.card import recorded as recorded_facts
from kpoc.report.card.document import Card, Grid, write_card
from kpoc.runs.record import Finished, said
from kpoc.runs.run import Run
from kpoc.weights import are_pretrained

ELSEWHERE = (
    "The figures are about pictures like these. Of others, from another camera, crop, "
    "year or population, nothing is known."
)


def write_run_card(folder: str | os.PathLike, manifest: Manifest | None = None) -> Path:
    """Writes `card.md` into the directory of a finished run.

    Its figures are of the validation rows; the test rows are scored by comparisons.

    Args:
        folder: The run directory.
        manifest: Its manifest, if it is at hand.

    Returns:
        The path of the card.

    Raises:
        ValueError: If the directory lacks something, or the run is not finished.

    Example:
        >>> write_run_card("runs/portraits/baseline/0123456789-seed0")  # doctest: +SKIP
    """
    run = Run(folder)
    return write_card(_card(run, manifest), run.card)


def _card(run: Run, manifest: Manifest | None) -> Card:
    from kpoc.evaluation.composition import composition
    from kpoc.evaluation.validation import validation_figures

    if not run.is_finished:
        raise ValueError(
            "`folder` must be the directory of a finished run. Received: "
            f"{run.path}, status {run.info.get('status', 'none')}"
        )
    record, recipe = run.record, run.recipe.to_dict()
    if manifest is None:
        manifest = run.manifest
    found = validation_figures(run.path, manifest)
    known = {**manifest.meta, **said(record.data)}
    side = {"seeds": [record.seed], "cost": [said(record.cost)]}
    best = [record.best_epoch] if record.best_epoch else []
    recorded = run.kind == "recorded"
    of = recorded_facts if recorded else facts
    return Card(
        title=f"{recipe['name']}, seed {record.seed}",
        summary=[
            recipe.get("description") or "",
            _sentence(record, of.MADE),
        ],
        synthetic=bool(known.get("synthetic")),
        model=of.model(recipe, record.weights or {}, side),
        outputs=of.outputs(recipe["task"]["targets"]),
        text=text_of(known),
        data=data.origin(known, manifest.counts),
        tables_of_data=data.tables(known, composition(manifest.table)),
        training=of.training(
            recipe, side, said(record.environment), record.versions or {}, best
        ),
        measured=[
            f"On the {numbers.count(manifest.counts['validation'])} validation rows. "
            f"{of.CHOSEN} The test rows are scored by `kpoc compare` alone, whose "
            "cards show them, with intervals.",
        ],
        results=_tables(found, recipe),
        limits=[*_overlap(known, record), *_limits(found)],
        runs=[] if recorded else ["."],
    )


def text_of(known: dict) -> dict[str, list[str]]:
    """The protocol's `card`, with an empty list for what it does not say.

    Runs of an older kpoc do not remember it: what comes with kpoc is read anew.
    """
    from kpoc.protocols.protocol import load_protocol, protocol_names

    text = known.get("card") or {}
    if not text and known.get("protocol") in protocol_names():
        card = load_protocol(known["protocol"]).card
        text = card.model_dump() if card else {}
    fields = ("intended_use", "out_of_scope", "ethics", "limits")
    return {field: text.get(field) or [] for field in fields}


def class_tables(rows: list[dict], targets: dict) -> list[Grid]:
    """Figures by class of each target that has some, then by level of each group."""
    made = []
    for name in targets:
        own = [row for row in rows if row["target"] == name and row["group"] == "class"]
        if own:
            made.append(
                results.by_level(own, "class", f"{words.title(name)}, by class")
            )
    groups = dict.fromkeys(
        r["group"] for r in rows if r["group"] not in (None, "class")
    )
    for group in groups:
        made.append(results.by_level(rows, group, f"By {group}"))
    return made


def _sentence(record: Finished, verb: str) -> str:
    commit = record.git.commit if record.git else None
    made_by = f"kpoc {(record.versions or {}).get('kpoc', '')}".strip()
    of_commit = f" (commit {commit[:12]})" if commit else ""
    started = f", started {record.started}" if record.started else ""
    return f"{verb} by {made_by}{of_commit}{started}."


def _tables(found: dict, recipe: dict) -> list[Grid]:
    rows, targets = found["scores"], recipe["task"]["targets"]
    primary = tuple(recipe["primary"].split(".", 1))
    tables = [results.overall(rows, primary, None), *class_tables(rows, targets)]
    if gaps := results.gaps(rows):
        tables.append(gaps)
    if found["calibration"]:
        tables.append(_calibration(found["calibration"]))
    return tables


def _calibration(found: dict) -> Grid:
    fields = ("ece", "chance", "overconfidence", "nll", "brier")
    return Grid(
        [
            *("Output", "Calibration error (ECE)", "of it by chance", "Too sure by"),
            *("Negative log-likelihood", "Brier score", "Best temperature"),
        ],
        [
            [
                name,
                *(numbers.fixed(one[f], 3, f == "overconfidence") for f in fields),
                numbers.significant(one["temperature"]),
            ]
            for name, one in found.items()
        ],
        "Calibration: kpoc predict --calibrate divides the logits by the temperature",
        numbers=6,
    )


def _overlap(known: dict, record: Finished) -> list[str]:
    pretrained = are_pretrained(record.weights)
    return [known["overlap"]] if pretrained and known.get("overlap") else []


def _limits(found: dict) -> list[str]:
    few = {
        f"{row['group']} {row['level']} ({row['n']})": None
        for row in found["scores"]
        if row["group"] not in (None, "class") and row["n"] < SAY_LITTLE
    }
    limits = [
        "One training: how much another seed would differ cannot be known from it, and "
        "no figure here has an interval."
    ]
    if few:
        limits.append(
            f"Fewer than {SAY_LITTLE} rows, so luck decides: "
            f"{words.listing(list(few))}."
        )
    return [*limits, ELSEWHERE]
