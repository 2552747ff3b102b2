"""Which names of folders, or values of a column, stand for train, validation, test."""

from __future__ import annotations

import re
from collections.abc import Iterable

SPLITS = {
    "train": {"train", "training", "tr", "trn", "trainval"},
    "validation": {"val", "valid", "validate", "validation", "dev", "development"},
    "test": {"test", "testing", "tst", "eval", "evaluation", "holdout"},
}
_SPLIT_OF = {word: split for split, words in SPLITS.items() for word in words}
_NEUTRAL = set(
    "set sets data dataset datasets db image images img imgs pic pics picture pictures "
    "photo photos jpg jpeg png file files folder dir split splits subset part samples "
    "sample examples public private official original final new raw resized cropped "
    "small full all my the".split()
)
"""Words beside that of a split which say nothing."""
_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[^\W\d_A-Z]+|[^\W\d_]+")
_MAYBE = re.compile("|".join(sorted(_SPLIT_OF, key=len, reverse=True)), re.IGNORECASE)


def splits_of(names: Iterable[str]) -> dict[str, str]:
    """The names that stand for a split, with the split.

    Numbers and words such as `set` or `images` say nothing. Any other word must be
    common to names of several splits, as in `seg_train` and `seg_test`: what is called
    `train_station` is no split.

    Example:
        >>> splits_of(["Train Images", "val2017", "seg_test", "train_station"])
        {'Train Images': 'train', 'val2017': 'validation'}
        >>> splits_of(["seg_train", "seg_test", "seg_pred"])
        {'seg_train': 'train', 'seg_test': 'test'}
    """
    read = {name: found for name in names if (found := _read(name))}
    of_rest: dict[tuple[str, ...], set[str]] = {}
    for split, rest in read.values():
        of_rest.setdefault(rest, set()).add(split)
    return {
        name: split
        for name, (split, rest) in read.items()
        if not rest or len(of_rest[rest]) > 1
    }


def may_be_split(name: str) -> bool:
    """Whether a name holds the word of a split, whatever else it holds.

    Example:
        >>> may_be_split("my_own_train"), may_be_split("trains"), may_be_split("cat")
        (True, False, False)
    """
    return _read(name) is not None


def says_nothing(name: str) -> bool:
    """Whether a name holds no word but those of splits, and such as `data`.

    Example:
        >>> says_nothing("images"), says_nothing("train_set"), says_nothing("cat")
        (True, True, False)
    """
    words = [part for word in _WORDS.findall(name) for part in _parts(word.lower())]
    return all(word in _SPLIT_OF or word in _NEUTRAL for word in words)


def _read(name: str) -> tuple[str, tuple[str, ...]] | None:
    """The split that a name speaks of, and its words that say something else."""
    if not _MAYBE.search(name):
        return None
    words = [part for word in _WORDS.findall(name) for part in _parts(word.lower())]
    named = {_SPLIT_OF[word] for word in words if word in _SPLIT_OF}
    if named == {"train", "validation"}:  # both: what there is beside the test
        named = {"train"}
    if len(named) != 1:
        return None
    rest = tuple(w for w in words if w not in _SPLIT_OF and w not in _NEUTRAL)
    return named.pop(), rest


def _parts(word: str) -> list[str]:
    """A word in two where one of a split and one that says nothing are written as one.

    `trainset` is `train` and `set`.
    """
    for at in range(2, len(word)):
        pair = {word[:at], word[at:]}
        if pair & _SPLIT_OF.keys() and pair & _NEUTRAL:
            return [word[:at], word[at:]]
    return [word]
