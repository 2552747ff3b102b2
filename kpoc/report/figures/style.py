"""Colours and marks of the sides: told apart by eye, by the colour-blind, in grey.

Source:
    Okabe and Ito, "Color Universal Design" (2008); the baseline is grey.
"""

from dataclasses import dataclass

INK = "#1c2530"
MUTED = "#5a6673"
GRID = "#dfe4ea"


@dataclass(frozen=True)
class Mark:
    """How one side is drawn: colour, matplotlib marker, SVG path in -5 to 5."""

    color: str
    marker: str
    path: str


_MARKS = [
    Mark("#555b63", "o", "M-4,0a4,4 0 1,0 8,0a4,4 0 1,0 -8,0z"),
    Mark("#0072b2", "D", "M0,-5L5,0L0,5L-5,0z"),
    Mark("#d55e00", "s", "M-4,-4H4V4H-4z"),
    Mark("#007d5c", "^", "M0,-5L5,4H-5z"),
    Mark("#a8458a", "v", "M0,5L5,-4H-5z"),
    Mark("#8a6400", "P", "M-2,-5H2V-2H5V2H2V5H-2V2H-5V-2H-2z"),
    Mark("#5546b8", "p", "M0,-5L4.8,-1.5L2.9,4H-2.9L-4.8,-1.5z"),
    Mark("#b3202f", "X", "M-5,-3L-3,-5L0,-2L3,-5L5,-3L2,0L5,3L3,5L0,2L-3,5L-5,3L-2,0z"),
    Mark(
        "#3f8ac4",
        "*",
        "M0,-5.5L1.4,-1.8H5.3L2.2,0.7L3.3,4.5L0,2.2L-3.3,4.5L-2.2,0.7L-5.3,-1.8H-1.4z",
    ),
]


def mark(position: int) -> Mark:
    """The mark of the side at `position`; the first side is the baseline."""
    if position == 0:
        return _MARKS[0]
    return _MARKS[1 + (position - 1) % (len(_MARKS) - 1)]


def legend(names: list[str]) -> list[dict]:
    """What the legend of some sides shows, in their order."""
    return [
        {"name": name, "color": mark(i).color, "path": mark(i).path}
        for i, name in enumerate(names)
    ]
