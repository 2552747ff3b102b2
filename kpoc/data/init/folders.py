"""Looks at a folder with one folder a class."""

from __future__ import annotations

from pathlib import Path

from kpoc.data.init.columns import CLASS
from kpoc.data.init.look import Look, settle_splits
from kpoc.data.init.words import split_of
from kpoc.data.paths import is_hidden, is_image_name
from kpoc.data.source import SourceError
from kpoc.data.sources.folder import SPLIT_FOLDER, Folder
from kpoc.data.tables import TABLE_SUFFIXES


def look_at_folder(place: Path, label: str, cache: Path) -> Look:
    """Looks at a folder; see `Look`.

    A folder that holds nothing but one folder of folders is passed through. Folders
    such as train and test are taken for splits if there are class folders in them.

    Args:
        place: The folder.
        label: Name of the class column.
        cache: Folder for what is made once.

    Raises:
        SourceError: There are no folders of classes; says what there is.
    """
    root = _inner(place)
    splits = {
        folder.name: split
        for folder in _folders(root)
        if (split := split_of(folder.name)) and _folders(folder)
    }
    if "train" not in splits.values() or len(set(splits.values())) < 2:
        splits = {}
    if not splits and not _folders(root):
        raise SourceError(_no_folders(place, root))
    parameters: dict[str, object] = {"label": label}
    if splits:
        parameters["split_folders"] = sorted(splits)
    listing = Folder(**parameters).read(root, cache)
    look = Look(
        place=str(place),
        root=listing.root,
        source={"name": "folder", **parameters},
        listing=listing,
        targets={label: CLASS},
    )
    if splits:
        look.split_column = SPLIT_FOLDER
        there = set(listing.frame[SPLIT_FOLDER])
        named = {name: split for name, split in splits.items() if name in there}
        look.splits, remark = settle_splits(named)
        look.taken.append(("splits", f"the folders {', '.join(sorted(named))}"))
        look.remarks += [remark] if remark else []
    return look


def _folders(folder: Path) -> list[Path]:
    """The folders that the source looks into."""
    return sorted(
        path
        for path in folder.iterdir()
        if path.is_dir() and not (path.is_symlink() or is_hidden(path.name))
    )


def _inner(folder: Path) -> Path:
    """The first folder with several folders, if nothing else lies on the way to it."""
    at = folder
    while len(inside := _folders(at)) == 1:
        if any(is_image_name(path.name) for path in at.iterdir()):
            return folder
        [at] = inside
    return at if inside else folder


def _no_folders(place: Path, root: Path) -> str:
    tables = [path for path in root.iterdir() if path.suffix in TABLE_SUFFIXES]
    images = sum(is_image_name(path.name) for path in root.iterdir())
    hint = "If a table says what the images show, give that"
    if tables:
        hint += f": kpoc data init {tables[0]} --images {root}"
    return (
        f"a folder must hold one folder a class. {hint}. Received: {place}, with "
        f"{images:,} images and no folder{_links(root)}"
    )


def _links(root: Path) -> str:
    linked = any(path.is_symlink() and path.is_dir() for path in root.iterdir())
    return " but links to folders, which are not followed" if linked else ""
