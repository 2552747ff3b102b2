"""How people call columns and folders: the words by which kinds are recognised."""

from __future__ import annotations

import re
import unicodedata

from kpoc.recipe import PLAIN_NAME

_LABELS = {"label", "labels", "class", "target", "category", "classname", "y"}
_ANY_NUMBER = {"target", "y"}
_LABEL_CODE = re.compile(r"(label|class|category|target)(id|idx|index|code|nr|no)")
_ID = re.compile(r"(^|[_ .-])(id|ids|idx|index|nr|no|uuid|guid|key|hash)$|^unnamed")
_NUMBERED = r"([_ .-]?(id|nr|no|number|name|key))"
_WHOSE = re.compile(
    # persons by any name; things only with a number: `animal` is rather a class
    r"^((person|subject|patient|participant|individual|identity|user|photographer)"
    rf"{_NUMBERED}?|(people|face|actor|speaker|author|owner|lesion|case|scene|video|"
    r"clip|sequence|source|session|series|study|visit|object|item|specimen|animal|"
    rf"plant|site|location|camera){_NUMBERED})$"
)
_NEGATIVE = {"0", "false", "f", "no", "n", "negative", "neg", "normal", "healthy"}


def plain_name(name: str) -> str:
    """A name that a target may have: letters from a to z, digits, - and _.

    Example:
        >>> plain_name("Is it ok?"), plain_name("Größe/cm"), plain_name("7")
        ('Is_it_ok', 'Groe_cm', '7')
    """
    if PLAIN_NAME.fullmatch(name):
        return name
    letters = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return re.sub(r"[^A-Za-z0-9-]+", "_", letters).strip("_-") or "target"


def snake(name: str) -> str:
    """A name in small letters, its words set apart: `PatientID` is `patient_id`."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name.strip()).lower()


def is_label(name: str) -> bool:
    """Whether a column by its name holds what is to be predicted."""
    return snake(name).replace("_", "") in _LABELS


def is_label_code(name: str) -> bool:
    """Whether a column by its name holds numbers that stand for classes.

    Example:
        >>> is_label_code("class_id"), is_label_code("LabelIdx"), is_label_code("id")
        (True, True, False)
    """
    return bool(_LABEL_CODE.fullmatch(snake(name).replace("_", "")))


def speaks_of_classes(name: str) -> bool:
    """Whether a column by its name holds classes, be they numbers, and nothing else.

    Example:
        >>> [speaks_of_classes(name) for name in ("label", "class_id", "target", "age")]
        [True, True, False, False]
    """
    plain = snake(name).replace("_", "")
    return (plain in _LABELS - _ANY_NUMBER) or is_label_code(name)


def is_identifier(name: str) -> bool:
    """Whether a column by its name tells rows apart."""
    return bool(_ID.search(snake(name)))


def is_whose(name: str) -> bool:
    """Whether a column by its name says whom or what an image shows.

    Example:
        >>> is_whose("PatientID"), is_whose("lesion_id"), is_whose("colour")
        (True, True, False)
    """
    return bool(_WHOSE.match(snake(name)))


def class_order(names) -> list[str]:
    """Class names in the order of their codes: "no" before "yes", 9 before 10.

    Example:
        >>> class_order({"yes", "no"}), class_order({"10", "9", "b"})
        (['no', 'yes'], ['9', '10', 'b'])
    """

    def key(name: str) -> tuple:
        parts = re.findall(r"\d+|\D+", name)
        natural = [(0, int(p), "") if p.isdecimal() else (1, 0, p) for p in parts]
        return (name.lower() not in _NEGATIVE, natural)

    return sorted(names, key=key)
