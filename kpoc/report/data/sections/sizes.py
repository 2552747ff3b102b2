"""The files: formats, sizes in pixels, and what the decoder had to convert."""

from collections import Counter

from kpoc.report import cells, numbers
from kpoc.report.data.subject import Subject
from kpoc.report.figures import sizes as figure
from kpoc.report.figures.svg import draw_svg

TITLE = "Image files"
MISSING = None
PLACE = 110

_MOST_SIZES, _MOST_EXAMPLES = 8, 3


def context(subject: Subject) -> dict | None:
    """Count sizes, formats, faults and notes."""
    findings = list(subject.findings.values())
    if not findings:
        return None
    sizes = Counter(one.size for one in findings if one.size)
    # a size that one image has says nothing, unless there is but one size
    frequent = [one for one in sizes.most_common(_MOST_SIZES) if one[1] > 1]
    frequent = frequent or list(sizes.items())[: len(sizes) == 1]
    formats = Counter(one.format for one in findings if one.format)
    return {
        "total": numbers.count(len(findings)),
        "formats": [(name, numbers.count(n)) for name, n in formats.most_common()],
        "sizes": [
            {
                "width": width,
                "height": height,
                "rows": cells.make_cell(
                    ("sizes", f"{width}x{height}"), n, numbers.count
                ),
                "share": numbers.percent(n / len(findings)),
            }
            for (width, height), n in frequent
        ],
        "others": len(sizes) - len(frequent),
        "span": _span(sizes),
        "svg": _figure(sizes),
        "faults": _kinds(
            (one.kind, one.path, one.reason) for one in findings if one.kind
        ),
        "notes": _kinds(
            (kind, one.path, text)
            for one in findings
            for kind, text in one.notes.items()
        ),
    }


def _span(sizes: Counter) -> list[tuple[str, str]]:
    if len(sizes) < 2:
        return []
    areas = sorted(sizes, key=lambda size: size[0] * size[1])
    ratios = sorted(sizes, key=lambda size: size[0] / size[1])
    ends = {
        "fewest pixels": areas[0],
        "most pixels": areas[-1],
        "narrowest": ratios[0],
        "widest": ratios[-1],
    }
    return [
        (name, f"{width} \N{MULTIPLICATION SIGN} {height}")
        for name, (width, height) in ends.items()
    ]


def _figure(sizes: Counter):
    if len(sizes) < 2:
        return None
    return draw_svg(
        "sizes", "Width and height of the images in pixels", figure.draw, dict(sizes)
    )


def _kinds(entries) -> list[dict]:
    found: dict[str, list] = {}
    for kind, path, text in entries:
        found.setdefault(kind, []).append((path, text))
    return [
        {
            "kind": kind,
            "rows": cells.make_cell(("files", kind), len(rows), numbers.count),
            "examples": rows[:_MOST_EXAMPLES],
        }
        for kind, rows in sorted(found.items(), key=lambda item: -len(item[1]))
    ]
