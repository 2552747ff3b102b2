"""Where the rows come from and what they hold, in words."""

from kpoc.report import numbers
from kpoc.report.card import facts
from kpoc.report.card.document import Grid

SPLITS = ("train", "validation", "test")
# Beyond, a table of all levels helps nobody: the smallest and the largest do.
MOST_LEVELS = 40


def origin(data: dict, counts: dict) -> list[tuple[str, str]]:
    """Protocol, source, licence, citation, rows.

    Args:
        data: What is known of the data, as in a comparison.
        counts: Rows of each split that this model was made from.
    """
    said = [
        (
            "Protocol",
            ": ".join(filter(None, (data.get("protocol"), data.get("description")))),
        ),
        ("Source", data.get("source")),
        ("Licence", data.get("licence")),
        ("Cite", data.get("citation")),
        (
            "Rows",
            ", ".join(
                f"{numbers.count(counts[split])} {split}"
                for split in SPLITS
                if split in counts
            ),
        ),
        ("Digest of the rows", data.get("digest")),
    ]
    if data.get("left_out"):
        left_out = f"{data['left_out']} files of the source that are no rows"
        said.append(("Left out", left_out))
    return [(label, str(text)) for label, text in said if text]


def tables(data: dict, composition: dict) -> list[Grid]:
    """Steps of the protocol, and the labels by split."""
    made = []
    if steps := data.get("steps"):
        rows = [
            [
                step["name"],
                facts.parameters({**step["parameters"], "name": None}),
                *(numbers.count(step["counts"].get(k, 0)) for k in ("rows", *SPLITS)),
            ]
            for step in steps
        ]
        header = ["Step", "How", "Rows after it", *SPLITS]
        made.append(Grid(header, rows, "How the protocol chose them", 4))
    ranges = []
    for name, found in composition.items():
        if "range" in found:
            ranges.append(
                [
                    name,
                    *(
                        _range(found["range"][split])
                        if split in found["range"]
                        else "–"
                        for split in SPLITS
                    ),
                ]
            )
            continue
        made.append(_levels(name, found))
    if ranges:
        title = "Numbers: lowest, mean, highest"
        made.append(Grid(["", *SPLITS], ranges, title, numbers=3))
    return made


def _range(ends: list[float]) -> str:
    low, mean, high = ends
    return f"{_end(low)}, {numbers.significant(mean)}, {_end(high)}"


def _end(value: float) -> str:
    return numbers.count(value) if value.is_integer() else numbers.significant(value)


def _levels(name: str, found: dict) -> Grid:
    splits = [split for split in SPLITS if split in found["counts"]]
    totals = {split: sum(found["counts"][split]) for split in splits}
    rows = [
        [
            level,
            *(_count(found["counts"][split][place], totals[split]) for split in splits),
        ]
        for place, level in enumerate(found["levels"])
    ]
    title = f"Rows by {name}"
    if len(rows) > MOST_LEVELS:
        order = sorted(
            range(len(rows)), key=lambda i: found["counts"][splits[0]][i], reverse=True
        )
        half = MOST_LEVELS // 2
        rows = [rows[i] for i in (*order[:half], *order[-half:])]
        title += f": the {half} largest and the {half} smallest of {len(order)}"
    return Grid(["", *splits], rows, title, numbers=len(splits))


def _count(count: int, total: int) -> str:
    return f"{numbers.count(count)} ({numbers.percent(count / total)})"
