"""Colour of a table's cell that holds a share."""

from kpoc.report import numbers

_INK, _BLACK, _WHITE = "#1c2530", "#000000", "#ffffff"
# the largest shares on which the first two keep the contrast of 4.5 that WCAG asks for
_MOST_INK, _MOST_BLACK = 0.60, 0.72


def shade(share: float | None) -> dict[str, str]:
    """From white to dark blue, with text that stays readable on it.

    Example:
        >>> shade(0.0), shade(1.0)["ink"]
        ({'background': '#ffffff', 'ink': '#1c2530'}, '#ffffff')
    """
    if not numbers.is_number(share):
        return {"background": "#e3e6ea", "ink": _INK}
    share = min(max(share, 0.0), 1.0)
    light, dark = (255, 255, 255), (8, 69, 130)
    red, green, blue = (
        round(a + (b - a) * share) for a, b in zip(light, dark, strict=True)
    )
    ink = _INK if share <= _MOST_INK else _BLACK if share <= _MOST_BLACK else _WHITE
    return {"background": f"#{red:02x}{green:02x}{blue:02x}", "ink": ink}
