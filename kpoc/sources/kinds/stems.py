"""What the names of images have in common: the picture, or the subject, they are of."""

from __future__ import annotations

import re

_GAP = r"[_\-. ]"
_MADE = (
    "aug|augment|augmented|augmentation|rot|rotate|rotated|rotation|flip|flipped|hflip|"
    "vflip|flip_?(?:lr|ud|tb|h|v)|mirror|mirrored|crop|cropped|zoom|zoomed|scaled|"
    "shift|shifted|shear|sheared|noise|noisy|blur|blurred|bright|brighter|brightness|"
    "dark|darker|darkened|contrast|jitter|translated|transformed|copy|edited|dup|"
    "duplicate"
)
# a part of each of them, to pass quickly over the names of millions without any
_HINTS = (
    "aug rot flip mirror crop zoom scale shift shear nois blur bright dark contrast "
    "jitter trans copy edit dup deg .rf."
).split()
_EXPORTED = re.compile(r"(?:_(?:jpe?g|png|bmp|webp|tiff?))?\.rf\.[0-9a-f]{8,}$", re.I)
_AFTER = re.compile(
    rf"(?:(?:{_GAP}+|(?<=\d))(?:{_MADE}){_GAP}*\(?\d*\)?(?:deg)?|"
    rf"{_GAP}+(?:new)?\d+deg\w*)$",
    re.I,
)
_BEFORE = re.compile(
    rf"^(?:copy of |rot(?:ate|ated|ation)?{_GAP}?\d+(?:deg)?{_GAP}+|"
    rf"(?:{_MADE}){_GAP}+)",
    re.I,
)
_WHOSE = re.compile(
    r"(?:^|[^a-z])(?:person|patient|subject|subj|sub|participant|video|vid|clip|case|"
    rf"scene|sequence|seq|session|slide|specimen|animal){_GAP}?[a-z]?\d+",
    re.I,
)
_NUMBERED = re.compile(
    rf"(?:{_GAP}+(?:frame|frm|slice|image|img|im|view|patch|tile|pic|photo|page|shot|"
    rf"scan)?{_GAP}?\d{{1,6}}|{_GAP}*\(\d+\)|{_GAP}+(?:left|right|front|back|top|bottom|"
    r"side|od|os))$",
    re.I,
)


def stem_of(name: str) -> str:
    """The name of a file without what tells one version of a picture from another.

    These are words of augmentation at its end or begin, and the hashes that label
    tools put into exports.

    Example:
        >>> stem_of("b12_aug3.png"), stem_of("b12_jpg.rf.0f3a9be2.jpg")
        ('b12', 'b12')
        >>> stem_of("rotated_90_b12.png"), stem_of("b12.png")
        ('b12', 'b12')
    """
    stem = name.rpartition(".")[0] or name
    small, before = stem.lower(), ""
    if not any(hint in small for hint in _HINTS):
        return stem
    while stem != before:
        before = stem
        for mark in (_EXPORTED, _AFTER, _BEFORE):
            stem = mark.sub("", stem) or stem
    return stem


def series_of(name: str) -> str:
    """The stem without the number, or the side, that tells pictures of a series apart.

    Where the stem names a person, a video or the like with a number, it ends there.

    Example:
        >>> series_of("v03_frame_0017.png"), series_of("p7_2.png")
        ('v03', 'p7')
        >>> series_of("person12_bacteria_31.png"), series_of("7.png")
        ('person12', '7')
    """
    stem = stem_of(name)
    if found := _WHOSE.search(stem):
        return stem[: found.end()]
    return _NUMBERED.sub("", stem) or stem
