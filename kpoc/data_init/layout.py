"""Where the folders of classes lie: at the top, in folders of splits or around them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from kpoc.data_init.masks import is_mask
from kpoc.data_init.split_words import may_be_split, says_nothing, splits_of
from kpoc.pictures.paths import Links, is_hidden, is_image_name
from kpoc.sources.kinds.folder import Placed
from kpoc.sources.source import SourceError

_PART = re.compile(
    r"(fold|part|batch|set|chunk|shard|cv|run|round|session|dataset|data|split)"
    r"[ _-]?[a-z]?\d+",
    re.IGNORECASE,
)
_REMEDY = (
    "Folders called `train` and `test`, with one folder a class in each, are taken "
    "over; so is a table with a column that says the split"
)


@dataclass
class Layout:
    """Where the folders of classes lie.

    Attributes:
        splits: Folders of splits, as the source names them, with what they stand for;
            none where the folders of classes lie at the top.
        in_classes: Whether these lie inside of the folders of classes.
        remarks: What the user should hear about.
    """

    splits: dict[str, str] = field(default_factory=dict)
    in_classes: bool = False
    remarks: list[str] = field(default_factory=list)

    @property
    def parameters(self) -> dict[str, object]:
        """Those of the source."""
        if not self.splits:
            return {}
        inside = {"split_folders_in": "classes"} if self.in_classes else {}
        return {"split_folders": sorted(self.splits)} | inside


def find_layout(root: Path, links: Links = "inside") -> Layout:
    """Finds it by the names of the folders and by what lies in them.

    Args:
        root: The first folder with several folders.
        links: Which links are followed.

    Raises:
        SourceError: There are splits, but no labels to train on; or folders that may be
            splits or classes.
    """
    at_top = _splits(root, links)
    if at_top:
        layout = Layout(at_top)
        tops = {name.split("/")[0] for name in at_top}
        over = [
            folder.name for folder in folders_in(root, links) if folder.name not in tops
        ]
        if over:
            layout.remarks.append(
                f"what lies in {', '.join(over)} is left out: it is no split with "
                "folders of classes, so its labels are not known"
            )
        return layout
    if inside := _splits_in_classes(root, links):
        return Layout(inside, in_classes=True)
    return Layout(remarks=_doubts([folder.name for folder in folders_in(root, links)]))


def require_no_splits_below(placed: Iterable[Placed]) -> None:
    """Refuses folders of splits further down, whose images would be mixed.

    Raises:
        SourceError: There are some.
    """
    where: dict[str, Placed] = {}
    for each in placed:
        for name in each.below:
            where.setdefault(name, each)
    splits = splits_of(where)
    if "train" in splits.values() and len(set(splits.values())) > 1:
        found = (
            "/".join([*filter(None, [where[name].split]), where[name].label])
            + "/"
            + "/".join(where[name].below)
            for name in sorted(splits)
        )
        raise SourceError(
            "folders of splits must hold the folders of classes, or lie directly in "
            f"those. {_REMEDY}. Received: {', '.join(found)}"
        )


def require_no_parts(placed: Iterable[Placed]) -> None:
    """Refuses parts of a data set, such as folds, whose folders are the classes.

    Raises:
        SourceError: They stand where the classes should.
    """
    inside: dict[str, set[str]] = {}
    for each in placed:
        inside.setdefault(each.label, set()).update(each.below[:1])
    common = set.intersection(*inside.values()) if inside else set()
    if len(inside) > 1 and len(common) > 1 and all(map(_PART.fullmatch, inside)):
        raise SourceError(
            "a folder must hold one folder a class, or folders of splits with those. "
            f"{_REMEDY}. Received: {', '.join(sorted(inside))}, each with "
            f"{', '.join(sorted(common))}"
        )


def splits_in_names(placed: Iterable[Placed]) -> list[str]:
    """What is said of names of files that speak of splits."""
    shapes = {re.sub(r"\d+", " ", each.name.rpartition(".")[0]) for each in placed}
    named = set(splits_of(shapes).values())
    if "train" not in named or len(named) < 2:
        return []
    return [
        f"names of files speak of splits ({', '.join(sorted(named))}), which are not "
        f"taken over. {_REMEDY}"
    ]


def _doubts(names: list[str]) -> list[str]:
    """What is said of classes that are called like splits.

    Raises:
        SourceError: All are.
    """
    doubtful = [name for name in names if may_be_split(name)]
    if len(doubtful) == len(names) > 1:
        raise SourceError(
            "it must be clear which folders are classes and which are splits. "
            f"{_REMEDY}. Received: {', '.join(names)}, which may be either"
        )
    if not doubtful:
        return []
    return [
        f"taken for classes, not for splits: {', '.join(doubtful)}. If that is wrong: "
        + _REMEDY[0].lower()
        + _REMEDY[1:]
    ]


def _splits(root: Path, links: Links) -> dict[str, str]:
    """The folders that hold a split's folders of classes, with what they stand for.

    A single `train` may be a class, beside others with folders in them.

    Raises:
        SourceError: There are splits, but no labels to train on.
    """
    names = [folder.name for folder in folders_in(root, links)]
    # masks of the images in `train` may lie in `train_masks`
    named = splits_of([n for n in names if not is_mask(n)])
    if "train" not in named.values():
        named = splits_of(names)
    inner = {name: _through(root / name, named.get(name), links) for name in names}
    holds = {name for name, folder in inner.items() if folders_in(folder, links)}
    if "train" not in named.values():
        return {}
    if len(set(named.values())) < 2 and (not holds or holds - named.keys()):
        return {}
    splits = {name: split for name, split in named.items() if name in holds}
    if "train" not in splits.values():
        [train, *_] = (name for name, split in named.items() if split == "train")
        raise SourceError(
            f"{root / train} must hold one folder a class, since {', '.join(named)} "
            "are splits. If a table says what the images show, give that. Received: a "
            "folder without folders"
        )
    return {
        inner[name].relative_to(root).as_posix(): split
        for name, split in splits.items()
    }


def _through(folder: Path, split: str | None, links: Links) -> Path:
    """The folder of a split, or the only one in it if that is no class."""
    while split and len(inside := folders_in(folder, links)) == 1:
        [only] = inside
        same = only.name == folder.name or says_nothing(only.name)
        classes = split == "train" and len(folders_in(only, links)) > 1
        if not (same or classes) or holds_images(folder):
            break
        folder = only
    return folder


def _splits_in_classes(root: Path, links: Links) -> dict[str, str]:
    """The folders of splits that lie in most folders at the top."""
    inside = {
        top.name: [folder.name for folder in folders_in(top, links)]
        for top in folders_in(root, links)
    }
    splits = splits_of({name for names in inside.values() for name in names})
    divided = [
        top
        for top, names in inside.items()
        if len({splits.get(name) for name in names} - {None}) > 1
    ]
    if len(divided) < 2 or 2 * len(divided) < len(inside):
        return {}
    return splits if "train" in splits.values() else {}


def folders_in(folder: Path, links: Links) -> list[Path]:
    """The folders that the source looks into."""
    return sorted(
        path
        for path in folder.iterdir()
        if path.is_dir() and not is_hidden(path.name)
        if links == "follow" or not path.is_symlink()
    )


def holds_images(folder: Path) -> bool:
    """Whether files that are images by their names lie directly in a folder."""
    return any(is_image_name(path.name) for path in folder.iterdir())
