"""Cells of a table that say something else than one number or one label."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Sequence

_THOUSANDS = {
    sign: re.compile(rf"[+-]?[1-9]\d{{0,2}}({re.escape(sign)}\d{{3}})+")
    for sign in ".,"
}
_TELLING = re.compile(
    r"([<>≤≥≈~=±]|(over|under|above|below|less|more|older|younger|than|up|to|at|least|"
    r"most|about|ca\.?)\b|\s)*[+-]?[.,]?\d",
    re.IGNORECASE,
)
_FEW, _MOSTLY = 3, 0.8
_SEPARATORS = ";|,/+&"


def cut_values(texts: Iterable[str]) -> list[str]:
    """Those of some texts, none of them a number, that still tell how large it is.

    Example:
        >>> cut_values(["90+", "<0.04", "over 90", "unknown", "word7"])
        ['90+', '<0.04', 'over 90']
    """
    return [text for text in texts if _TELLING.match(text)]


def may_be_thousands(texts: Sequence[str], sign: str) -> bool | None:
    """Whether a decimal sign may stand between thousands instead.

    Args:
        texts: The different texts of a column of numbers.
        sign: The decimal sign.

    Returns:
        True where that is as likely, since 999 is followed by 1.000; None where nothing
        speaks against it, since all have three digits behind the sign.

    Example:
        >>> may_be_thousands(["1.234", "950", "2.500", "1.001"], ".")
        True
        >>> may_be_thousands(["1.234", "0.95"], ".")
        False
        >>> may_be_thousands(["1.234", "12.345"], ".") is None
        True
    """
    signed = [text for text in texts if sign in text]
    if not signed or not all(map(_THOUSANDS[sign].fullmatch, signed)):
        return False
    plain = [text for text in texts if sign not in text and text.isdecimal()]
    if any(int(text) > 999 for text in plain):
        return False
    twice = any(text.count(sign) > 1 for text in signed)
    return True if twice or (plain and len(signed) >= _FEW) else None


def several_labels(texts: Sequence[str]) -> tuple[str, list[str]] | None:
    """A cell with several labels, and all labels, if a column has such cells.

    That is seen where parts of texts, between the same signs, come again in others.

    Args:
        texts: The different texts of a column.

    Example:
        >>> several_labels(["cat", "dog", "cat;dog", "fox;cat", "fox"])
        ('cat;dog', ['cat', 'dog', 'fox'])
        >>> several_labels(["Washington, DC", "Austin, Texas"])
    """
    for sign in _SEPARATORS:
        parts = {text: _parts(text, sign) for text in texts}
        joined = [text for text, labels in parts.items() if len(labels) > 1]
        times = Counter(label for labels in parts.values() for label in labels)
        known = [text for text in joined if all(times[p] > 1 for p in parts[text])]
        if len(known) > _MOSTLY * len(joined) and len(times) < len(texts):
            return known[0], sorted(times)
    return None


def _parts(text: str, sign: str) -> set[str]:
    parts = {part.strip().strip("'\"[](){}").strip() for part in text.split(sign)}
    return parts - {""}


def spelt_alike(names: Collection[str]) -> list[list[str]]:
    """Names of classes that differ in case or blanks only.

    Example:
        >>> spelt_alike(["Cat", "dog", "cat", "red fox", "Red  fox"])
        [['Cat', 'cat'], ['Red  fox', 'red fox']]
    """
    alike: dict[str, list[str]] = {}
    for name in names:
        alike.setdefault("".join(name.split()).casefold(), []).append(name)
    return [sorted(each) for each in alike.values() if len(each) > 1]
