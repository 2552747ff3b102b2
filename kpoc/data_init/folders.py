"""Looks at a folder with one folder a class."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from pathlib import Path

from kpoc.data_init.choose import NONE, Asked
from kpoc.data_init.columns import CLASS
from kpoc.data_init.layout import (
    find_layout,
    folders_in,
    holds_images,
    require_no_parts,
    require_no_splits_below,
    splits_in_names,
)
from kpoc.data_init.look import Look, settle_splits
from kpoc.data_init.masks import are_images_and_masks, find_masks
from kpoc.data_init.subjects import KINDS, find_subjects
from kpoc.pictures.paths import (
    LINKS_REMEDY,
    Links,
    images_below,
    is_image_name,
    leads_out,
)
from kpoc.protocols.manifest import FIXED_COLUMNS
from kpoc.recipe import PLAIN_NAME
from kpoc.sources.kinds.folder import (
    SPLIT_FOLDER,
    SUBJECT,
    Folder,
    Misplaced,
    Placed,
)
from kpoc.sources.source import SourceError
from kpoc.sources.tables import TABLE_SUFFIXES

_LABEL = "label"


def look_at_folder(place: Path, asked: Asked, cache: Path) -> Look:
    """Looks at a folder; see `Look`.

    A folder that holds nothing but one folder of folders is passed through. Folders
    such as train and test are not taken for classes: those with class folders in them
    are splits, of the others the labels are not known. Masks beside the images are
    left out. Images that show the same by their folders or names stay together.

    Args:
        place: The folder.
        asked: What the user says: no more than a name for the class column, and what
            tells which images stay together.
        cache: Folder for what is made once.

    Raises:
        SourceError: There are no folders of classes; says what there is. Or the user
            says what can be said of tables only.
    """
    label = _label(place, asked)
    root = _inner(place, asked.links)
    if not folders_in(root, asked.links):
        raise SourceError(_no_folders(place, root))
    layout = find_layout(root, asked.links)
    parameters: dict[str, object] = {"label": label} | layout.parameters
    if asked.links != "inside":
        parameters["links"] = asked.links
    placed = _placed(root, parameters)
    require_no_splits_below(placed.values())
    require_no_parts(placed.values())
    _require_classes(root, placed)
    masks = find_masks(placed)
    if masks:
        parameters["leave_out"] = list(masks)
        placed = _placed(root, parameters)
    subjects = find_subjects(list(placed.values()), asked.together)
    parameters |= subjects.parameters
    listing = Folder(**parameters).read(root, cache)
    look = Look(
        place=str(place),
        root=listing.root,
        source={"name": "folder", **parameters},
        listing=listing,
        targets={label: CLASS},
        together=SUBJECT if subjects.parameters else None,
        remarks=[
            *layout.remarks,
            *splits_in_names(placed.values()),
            *_masks(masks),
            *subjects.remarks,
        ],
    )
    if len(set(layout.splits.values())) > 1:
        look.split_column = SPLIT_FOLDER
        there = set(listing.frame[SPLIT_FOLDER])
        named = {name: split for name, split in layout.splits.items() if name in there}
        look.splits, remark = settle_splits(named)
        look.taken.append(("splits", f"the folders {', '.join(sorted(named))}"))
        look.remarks += [remark] if remark else []
    if look.together:
        told = parameters["subject"]
        look.taken.append(("kept together", f"images of the same {told}"))
    return look


def _placed(root: Path, parameters: Mapping[str, object]) -> dict[str, Placed]:
    """Where each image lies that the source takes, by its path."""
    source, placed = Folder(**parameters), {}
    for path, fault in images_below(root, source.links):
        if fault is None:
            with contextlib.suppress(Misplaced):
                placed[path] = source.place(path)
    return placed


def _require_classes(root: Path, placed: Mapping[str, Placed]) -> None:
    """Refuses folders that are no classes by their names.

    Raises:
        SourceError: They hold images and masks of them.
    """
    classes = sorted({each.label for each in placed.values()})
    if are_images_and_masks(classes):
        raise SourceError(
            "a folder must hold one folder a class. If a table says what the images "
            f"show, give that. Received: {root} with {', '.join(classes)}, which by "
            "their names are images and masks, or annotations, of them"
        )


def _masks(masks: Mapping[str, int]) -> list[str]:
    if not masks:
        return []
    listed = ", ".join(f"{pattern} ({n:,})" for pattern, n in masks.items())
    return [
        f"masks or annotations beside the images are left out: {listed}. If they are "
        "images like the others, take `leave_out` out of the protocol"
    ]


def _label(place: Path, asked: Asked) -> str:
    """The name of the class column; of the rest little can be said of a folder."""
    if asked.together not in (None, NONE, *KINDS):
        raise SourceError(
            f"--together of a folder must be {', '.join(KINDS)} or {NONE}. Received: "
            f"{asked.together!r}"
        )
    for_tables = {
        "--images": asked.images,
        "--path": asked.path,
        "--group": asked.groups,
        "--kind": asked.kinds,
    }
    given = [option for option, value in for_tables.items() if value]
    if given or len(asked.targets) > 1:
        raise SourceError(
            "of a folder only one --target can be said, the name of its label, and "
            "--together; a table says more. Received: "
            + ", ".join(given or [f"--target {' '.join(asked.targets)}"])
            + f" with the folder {place}"
        )
    label = asked.targets[0] if asked.targets else _LABEL
    taken = (*FIXED_COLUMNS, SPLIT_FOLDER, SUBJECT)
    if not PLAIN_NAME.fullmatch(label) or label in taken:
        raise SourceError(
            "--target must hold letters from a to z, digits, - and _ only, and be none "
            f"of {', '.join(taken)}. Received: {label!r}"
        )
    return label


def _inner(folder: Path, links: Links) -> Path:
    """The first folder with several folders, if nothing else lies on the way to it."""
    at = folder
    while len(inside := folders_in(at, links)) == 1:
        if holds_images(at):
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
