"""Looks at a folder with one folder a class."""

from __future__ import annotations

from pathlib import Path

from kpoc.data.init.choose import Asked
from kpoc.data.init.columns import CLASS
from kpoc.data.init.look import Look, settle_splits
from kpoc.data.init.words import split_of
from kpoc.data.manifest import FIXED_COLUMNS
from kpoc.data.paths import LINKS_REMEDY, Links, is_hidden, is_image_name, leads_out
from kpoc.data.source import SourceError
from kpoc.data.sources.folder import SPLIT_FOLDER, Folder
from kpoc.data.tables import TABLE_SUFFIXES
from kpoc.recipe import PLAIN_NAME

_LABEL = "label"


def look_at_folder(place: Path, asked: Asked, cache: Path) -> Look:
    """Looks at a folder; see `Look`.

    A folder that holds nothing but one folder of folders is passed through. Folders
    such as train and test are not taken for classes: those with class folders in them
    are splits, of the others the labels are not known.

    Args:
        place: The folder.
        asked: What the user says: no more than a name for the class column.
        cache: Folder for what is made once.

    Raises:
        SourceError: There are no folders of classes; says what there is. Or the user
            says what can be said of tables only.
    """
    label = _label(place, asked)
    root = _inner(place, asked.links)
    splits = _splits(root, asked.links)
    if not splits and not _folders(root, asked.links):
        raise SourceError(_no_folders(place, root))
    parameters: dict[str, object] = {"label": label}
    if splits:
        parameters["split_folders"] = sorted(splits)
    if asked.links != "inside":
        parameters["links"] = asked.links
    listing = Folder(**parameters).read(root, cache)
    look = Look(
        place=str(place),
        root=listing.root,
        source={"name": "folder", **parameters},
        listing=listing,
        targets={label: CLASS},
    )
    inside = _folders(root, asked.links)
    passed_over = [path.name for path in inside if path.name not in splits]
    if splits and passed_over:
        look.remarks.append(
            f"what lies in {', '.join(passed_over)} is left out: it is no split with "
            "folders of classes, so its labels are not known"
        )
    if len(set(splits.values())) > 1:
        look.split_column = SPLIT_FOLDER
        there = set(listing.frame[SPLIT_FOLDER])
        named = {name: split for name, split in splits.items() if name in there}
        look.splits, remark = settle_splits(named)
        look.taken.append(("splits", f"the folders {', '.join(sorted(named))}"))
        look.remarks += [remark] if remark else []
    return look


def _label(place: Path, asked: Asked) -> str:
    """The name of the class column; nothing else can be said of a folder."""
    for_tables = {
        "--images": asked.images,
        "--path": asked.path,
        "--group": asked.groups,
        "--together": asked.together,
        "--kind": asked.kinds,
    }
    given = [option for option, value in for_tables.items() if value]
    if given or len(asked.targets) > 1:
        raise SourceError(
            "of a folder nothing but one --target can be said, the name of its label; "
            "a table says more. Received: "
            + ", ".join(given or [f"--target {' '.join(asked.targets)}"])
            + f" with the folder {place}"
        )
    label = asked.targets[0] if asked.targets else _LABEL
    taken = (*FIXED_COLUMNS, SPLIT_FOLDER)
    if not PLAIN_NAME.fullmatch(label) or label in taken:
        raise SourceError(
            "--target must hold letters from a to z, digits, - and _ only, and be none "
            f"of {', '.join(taken)}. Received: {label!r}"
        )
    return label


def _splits(root: Path, links: Links) -> dict[str, str]:
    """The folders that hold a split's folders of classes, with what they stand for.

    A single `train` may be a class, beside others with folders in them.

    Raises:
        SourceError: There are splits, but no labels to train on.
    """
    folders = {folder.name: folder for folder in _folders(root, links)}
    named = {name: split for name in folders if (split := split_of(name))}
    holds = {name for name, folder in folders.items() if _folders(folder, links)}
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
    return splits


def _folders(folder: Path, links: Links) -> list[Path]:
    """The folders that the source looks into."""
    return sorted(
        path
        for path in folder.iterdir()
        if path.is_dir() and not is_hidden(path.name)
        if links == "follow" or not path.is_symlink()
    )


def _inner(folder: Path, links: Links) -> Path:
    """The first folder with several folders, if nothing else lies on the way to it."""
    at = folder
    while len(inside := _folders(at, links)) == 1:
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
    linked = [path for path in root.iterdir() if path.is_symlink() and path.is_dir()]
    if not linked:
        return ""
    out = any(leads_out(path, root.resolve()) for path in linked)
    said = " but links to folders, which are not followed"
    return said + (f"; {LINKS_REMEDY}" if out else "")
