"""Colour of a table's cell that holds a share."""

from kpoc.report import numbers

_INK = "#1c2530"


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
    return {
        "background": f"#{red:02x}{green:02x}{blue:02x}",
        "ink": "#ffffff" if share > 0.55 else _INK,
    }
