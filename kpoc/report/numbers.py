"""How numbers are written: the only place where a number becomes text.

Everything is written with a true minus, thousands with commas, and as many
digits as the uncertainty deserves. What is not a finite number is `n/a`.
"""

import math
from collections.abc import Iterable

NOT_AVAILABLE = "n/a"
MINUS = "\N{MINUS SIGN}"
TIMES = "\N{MULTIPLICATION SIGN}"
SPACE = "\N{NO-BREAK SPACE}"

_MAX_DECIMALS = 6


def is_number(value: object) -> bool:
    """Whether `value` is a finite real number (a bool is not)."""
    return (
        isinstance(value, int | float)
        and not isinstance(value, bool)
        and math.isfinite(value)
    )


def fixed(value: float, decimals: int, signed: bool = False) -> str:
    """Write `value` with a fixed number of decimals.

    Args:
        value: Any finite number.
        decimals: Digits after the point.
        signed: Put a plus before what is positive. What rounds to zero never
            carries a sign.

    Returns:
        For example `"+1,234.5"`.

    Example:
        >>> fixed(-0.01234, 3) == "\N{MINUS SIGN}0.012"
        True
        >>> fixed(0.0124, 3, signed=True), fixed(-0.0001, 3, signed=True)
        ('+0.012', '0.000')
    """
    text = f"{abs(value):,.{decimals}f}"
    if not any(digit in text for digit in "123456789"):
        return text
    if value < 0:
        return MINUS + text
    return ("+" if signed else "") + text


def interval_decimals(intervals: Iterable[tuple]) -> int:
    """How many decimals a row of estimates deserves.

    Two significant digits of the narrowest interval's half width: the usual
    rule for stating an uncertainty. Without any interval, three decimals.

    Args:
        intervals: Pairs `(low, high)`; pairs with a missing end are passed over.

    Returns:
        An integer in 0 to 6.

    Source:
        JCGM 100:2008 (GUM), 7.2.6.

    Example:
        >>> interval_decimals([(0.70, 0.76)]), interval_decimals([(120.0, 180.0)])
        (3, 0)
    """
    halves = [
        (high - low) / 2
        for low, high in intervals
        if is_number(low) and is_number(high) and high > low
    ]
    if not halves:
        return 3
    return min(max(1 - _exponent(min(halves), 2), 0), _MAX_DECIMALS)


def span_decimals(low: float, high: float) -> int:
    """How many decimals single values deserve that lie anywhere from `low` to `high`.

    Example:
        >>> span_decimals(1, 80), span_decimals(0, 1)
        (1, 3)
    """
    return min(interval_decimals([(low, high)]) + 1, _MAX_DECIMALS)


def significant(value: float, digits: int = 3) -> str:
    """Write `value` with `digits` significant digits, never in powers of ten.

    Example:
        >>> significant(0.012345), significant(1.999), significant(14670.2)
        ('0.0123', '2.00', '14,670')
    """
    if value == 0:
        return "0"
    return fixed(value, max(digits - 1 - _exponent(value, digits), 0))


def count(value: float) -> str:
    """Write a whole number: `"1,530,656"`; a mean of counts keeps one decimal."""
    return fixed(value, 0 if float(value).is_integer() else 1)


def percent(value: float, decimals: int = 1) -> str:
    """Write a share in 0 to 1 as a percentage: `0.911` is `"91.1 %"`."""
    return fixed(100 * value, decimals) + SPACE + "%"


def points(value: float, decimals: int) -> str:
    """Write a difference of two shares in percentage points: `"+1.2 pp"`."""
    return fixed(100 * value, decimals, signed=True) + SPACE + "pp"


def ratio(value: float) -> str:
    """Write a ratio: `1.084` is `"×1.08"`."""
    return TIMES + significant(value)


def p_value(value: float) -> str:
    """Write a p value: two significant digits below 0.1, and no false precision.

    Example:
        >>> p_value(0.00002), p_value(0.0123), p_value(0.5)
        ('<0.001', '0.012', '0.50')
    """
    if value < 0.001:
        return "<0.001"
    return fixed(value, 3 if value < 0.0995 else 2)


def seconds(value: float) -> str:
    """Write a duration: µs, ms, s, min or h.

    Example:
        >>> seconds(1.234).replace(SPACE, " "), seconds(204).replace(SPACE, " ")
        ('1.23 s', '3.40 min')
    """
    units = [(3600, "h"), (60, "min"), (1, "s"), (1e-3, "ms"), (1e-6, "µs")]
    return _scaled(value, units if value else units[:-1])


def milliseconds(value: float) -> str:
    """Write a duration given in milliseconds: `"4.31 ms"`."""
    return seconds(value / 1000)


def file_size(value: float) -> str:
    """Write a number of bytes in powers of 1000: `"3.40 MB"`."""
    return _scaled(value, [(1e9, "GB"), (1e6, "MB"), (1e3, "kB"), (1, "bytes")])


def images_per_second(value: float) -> str:
    """Write a throughput: `"226 images/s"`."""
    return significant(value) + SPACE + "images/s"


def shorten(text: str, length: int) -> str:
    """Cut `text` to `length` characters, the last one an ellipsis."""
    return text if len(text) <= length else text[: length - 1].rstrip() + "…"


def _scaled(value: float, units: list[tuple[float, str]]) -> str:
    size, unit = next(
        ((size, unit) for size, unit in units if abs(value) >= size), units[-1]
    )
    if unit == "bytes":
        return count(value) + SPACE + unit
    return significant(value / size) + SPACE + unit


def _exponent(value: float, digits: int) -> int:
    # Taken after rounding, so that 0.0996 with two digits counts as 0.10.
    return int(f"{abs(value):.{digits - 1}e}".split("e")[1])
