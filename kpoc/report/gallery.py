"""Cards of single images: which are shown, and what stands under each.

The comparison says which rows are worth a look and what was answered; the pictures
come beside it, as `kpoc.pictures.thumbnails.Thumbnails`, and may be missing.
"""

from collections import Counter
from collections.abc import Iterator

from kpoc.report import cells, lookup, numbers
from kpoc.report.figures import style

MOST_TARGETS = 6
MOST_OF_PAIR = 4
"""Images of either class of a pair of look-alikes."""

_MOST_CARDS, _MOST_IN_ROW, _FEWEST_IN_ROW = 360, 8, 3
_LISTS = ("worst", "right")


def targets(comparison: dict, part: str = "galleries") -> list[str]:
    """The targets of a part that are shown: at most 6, the primary one first."""
    first = lookup.primary(comparison)[0]
    found = sorted(comparison.get(part, {}), key=lambda name: name != first)
    return found[:MOST_TARGETS]


def cards_in_row(comparison: dict) -> int:
    """How many images a row shows, so that the page stays small with many sides."""
    rows = len(comparison["sides"]) * max(len(targets(comparison)), 1) * 3
    return min(max(_MOST_CARDS // rows, _FEWEST_IN_ROW), _MOST_IN_ROW)


def shown_ids(comparison: dict) -> list[str]:
    """Ids of all images that the page shows, if their pictures can be had."""
    rows = [
        found[kind]
        for target in targets(comparison)
        for found in comparison["galleries"][target].values()
        for kind in _LISTS
    ]
    rows += [
        found["worst"]
        for target in targets(comparison, "nobody_helped")
        for found in comparison["nobody_helped"][target]["sides"].values()
    ]
    most = cards_in_row(comparison)
    ids = [entry["id"] for row in rows for entry in row[:most]]
    ids += [
        entry["id"]
        for target in targets(comparison, "lookalikes")
        for pair in comparison["lookalikes"][target]
        for row in pair["rows"].values()
        for entry in row[:MOST_OF_PAIR]
    ]
    return list(dict.fromkeys(ids))


def picture(comparison: dict, row_id: str) -> dict:
    """The picture of a row, or why there is none: `id`, `picture`, `fault`."""
    made = comparison["thumbnails"]
    return {
        "id": row_id,
        "picture": made.found.get(row_id) if made else None,
        "fault": made.faults.get(row_id, "no picture") if made else "",
    }


def faults(comparison: dict) -> str:
    """Why pictures are missing, as one sentence; empty where none is.

    Example:
        >>> from types import SimpleNamespace
        >>> faults(
        ...     {"thumbnails": SimpleNamespace(found={}, faults={"a": "no such file"})}
        ... )
        '1 of 1 pictures cannot be shown: no such file (1).'
    """
    made = comparison["thumbnails"]
    if made is None or not made.faults:
        return ""
    counts = Counter(made.faults.values()).most_common()
    reasons = ", ".join(f"{reason} ({number})" for reason, number in counts)
    both = len(made.found) + len(made.faults)
    return f"{len(made.faults)} of {both} pictures cannot be shown: {reasons}."


def has_pictures(comparison: dict) -> bool:
    """Whether there is a picture at all."""
    return bool(comparison["thumbnails"] and comparison["thumbnails"].found)


def rows(comparison: dict, key: tuple, target: str, found: dict, kind: str) -> list:
    """One row of cards a side.

    Args:
        comparison: The comparison.
        key: Start of the keys of the numbers.
        target: The target.
        found: By side, what was chosen.
        kind: `"worst"` or `"right"`.

    Returns:
        One dict a side that has it: `name`, `mark`, `wrong` and `cards`.
    """
    return [
        {
            "name": name,
            "mark": mark,
            "wrong": found[name].get("wrong"),
            "cards": _cards(comparison, (*key, name, kind), target, found[name][kind]),
        }
        for name, mark in zip(
            lookup.side_names(comparison),
            style.legend(lookup.side_names(comparison)),
            strict=True,
        )
        if name in found
    ]


def _cards(comparison: dict, key: tuple, target: str, entries: list) -> list[dict]:
    cards = list(_each_card(comparison, key, target, entries))
    if key[-1] == "right" and cards and cards[0]["is_number"]:
        cards.sort(key=lambda card: card["order"])
    return cards


def _each_card(
    comparison: dict, key: tuple, target: str, entries: list
) -> Iterator[dict]:
    unit = (comparison["targets"].get(target) or {}).get("unit") or ""
    edges = comparison["true_predicted"].get(target, {}).get("edges", (0, 100))
    decimals = numbers.span_decimals(edges[0], edges[-1])
    for i, entry in enumerate(entries[: cards_in_row(comparison)]):
        card = picture(comparison, entry["id"])
        if "error" in entry:
            card |= _number(entry, (*key, i), unit, decimals)
        else:
            card |= _class(entry, (*key, i), len(comparison["sides"]))
        yield card


def _class(entry: dict, key: tuple, sides: int) -> dict:
    is_wrong = entry["truth"] != entry["answer"]
    return {
        "truth": entry["truth"],
        "answer": entry["answer"],
        "is_number": False,
        "is_wrong": is_wrong,
        "others": _others(entry["sides_wrong"], sides) if is_wrong else "",
        "number": cells.make_cell(
            (*key, "probability"),
            entry["probability"],
            lambda share: numbers.percent(share, 0),
        ),
        "unit": "",
    }


def _number(entry: dict, key: tuple, unit: str, decimals: int) -> dict:
    truth = entry["truth"]
    return {
        "truth": numbers.fixed(truth, 0 if float(truth).is_integer() else decimals),
        "answer": numbers.fixed(entry["answer"], decimals),
        "is_number": True,
        "others": "",
        "order": truth,
        "is_wrong": True,
        "number": cells.make_cell(
            (*key, "error"),
            entry["error"],
            lambda value: numbers.fixed(value, decimals, signed=True),
        ),
        "unit": unit,
    }


def _others(wrong: int, sides: int) -> str:
    """How many sides answer an image wrongly; empty where there is one side.

    Example:
        >>> _others(1, 4), _others(3, 4), _others(4, 4), _others(2, 2)
        ('this side only', '3 of 4 sides', 'all 4 sides', 'both sides')
    """
    if sides == 1:
        return ""
    if wrong == 1:
        return "this side only"
    if wrong < sides:
        return f"{wrong} of {sides} sides"
    return "both sides" if sides == 2 else f"all {sides} sides"
