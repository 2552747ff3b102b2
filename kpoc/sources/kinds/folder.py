"""Source `folder`: one folder a class."""

from __future__ import annotations

from collections.abc import Sequence
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath
from typing import Annotated, ClassVar, Literal, NamedTuple

import pydantic

from kpoc.ground.hashing import file_hashes
from kpoc.pictures.paths import (
    LEADS_OUT,
    LINKS_REMEDY,
    Links,
    composed,
    images_below,
    is_hidden,
    printable,
    stable_ids,
)
from kpoc.sources.kinds.stems import series_of, stem_of
from kpoc.sources.source import (
    Listing,
    Source,
    SourceError,
    check_label_names,
    register_source,
)

SPLIT_FOLDER, SUBJECT = "split_folder", "subject"
_SHOWN = 5


class Placed(NamedTuple):
    """Where an image lies.

    Attributes:
        split: The folder of its split, "" where there are none.
        label: Its class.
        below: The folders between that of the class and the image.
        name: Its name.
    """

    split: str
    label: str
    below: tuple[str, ...]
    name: str


class Misplaced(ValueError):
    """An image that is of no class; says why."""


@register_source("folder")
class Folder(Source):
    """Images in one folder a class; folders inside of those are part of the class.

    Labels: the class, under the name `label`; `split_folder` where there are folders
    such as train and test; and `subject` where it is said what tells it.

    Hidden files, files that are no images by their names, files that lie in no folder
    of a class, and links that lead out of the root or to folders are reported and not
    taken. Names of classes, and ids, are put into Unicode's composed form (NFC), which
    is what a keyboard types.

    Attributes:
        label: Name of the class column.
        split_folders: The folders, such as train and test, that hold the folders of the
            classes, below the root (`data/train` is one too); by default the root
            itself holds them.
        split_folders_in: Whether these lie below the `root` or inside of the `classes`:
            cat/train, cat/test.
        leave_out: Patterns of paths that are not taken, such as `*/masks/*` or
            `*_mask.png`; `*` stands for anything.
        subject: What tells the person or thing that an image shows, whose images
            should stay in one split: the `subfolder` of the class; the `series`, the
            file's name without a number at its end; or the `stem`, the file's name
            without words of augmentation, within the class. See
            `kpoc.sources.kinds.stems`.
        subject_depth: How many folders below that of the class the subfolder is made
            of.
        links: `follow` takes files and folders of classes that are links which lead
            out of the root as well, as into the cache of DVC, git-annex or the Hugging
            Face Hub.
    """

    label: str = "label"
    split_folders: Annotated[list[str], pydantic.Field(min_length=1)] | None = None
    split_folders_in: Literal["root", "classes"] = "root"
    leave_out: list[str] = []
    subject: Literal["subfolder", "series", "stem"] | None = None
    subject_depth: Annotated[int, pydantic.Field(ge=1)] = 1
    links: Links = "inside"

    citation: ClassVar[str] = "images of your own: their owner says how to cite them"
    licence: ClassVar[str] = "as the images' owner says"

    @pydantic.field_validator("label")
    @classmethod
    def _name(cls, label: str) -> str:
        check_label_names([label])
        return label

    @pydantic.field_validator("split_folders")
    @classmethod
    def _inside(cls, folders: list[str] | None) -> list[str] | None:
        if wrong := [f for f in folders or () if {"", ".", ".."} & {*f.split("/")}]:
            raise ValueError(
                f"each must be a folder's path below another one. Received: {wrong}"
            )
        return folders

    @pydantic.model_validator(mode="after")
    def _own_column(self) -> Folder:
        if self.subject and self.label == SUBJECT:
            raise ValueError(
                f"`label` must have another name than `{SUBJECT}`, the column of what "
                f"an image shows. Received: {self.label!r}"
            )
        return self

    def read(self, root: Path | None, cache: Path) -> Listing:
        """See `Source.read`."""
        import pandas as pd

        if root is None or not Path(root).is_dir():
            raise SourceError(
                "the data root must be a folder with one folder a class (an archive "
                f"must be unpacked first). Received: {root}"
            )
        root = Path(root).resolve()
        placed, reported = {}, []
        for path, fault in images_below(root, self.links):
            try:
                if fault is not None:
                    raise Misplaced(fault)
                placed[path] = self.place(path)
            except Misplaced as error:
                reported.append((path, str(error)))
        reported += self._empty_classes(root, placed)
        if not placed:
            seen = ", ".join(f"{name} ({why})" for name, why in reported[:_SHOWN])
            linked = any(why == LEADS_OUT for _, why in reported)
            raise SourceError(
                "the data root must hold folders of classes with images in them. "
                f"Received: {root}, which holds {seen or 'nothing'}"
                + (f"; {LINKS_REMEDY}" if linked else "")
            )
        frame = pd.DataFrame({"id": list(placed)})
        frame[self.label] = [each.label for each in placed.values()]
        if self.split_folders:
            frame[SPLIT_FOLDER] = [each.split for each in placed.values()]
        if self.subject:
            frame[SUBJECT] = [self.subject_of(each) for each in placed.values()]
        frame.insert(1, "path", frame["id"])
        frame["id"] = stable_ids(frame["id"])
        frame.insert(2, "sha256", file_hashes(root / path for path in frame["path"]))
        return Listing(frame, root, reported)

    def place(self, path: str) -> Placed:
        """Where an image lies.

        Args:
            path: Relative to the root, POSIX.

        Raises:
            Misplaced: It is left out, or it lies in no folder of a class.

        Example:
            >>> Folder(split_folders=["train", "test"]).place("test/cat/old/7.png")
            Placed(split='test', label='cat', below=('old',), name='7.png')
        """
        for pattern in self.leave_out:
            if fnmatchcase(composed(path), composed(pattern)):
                raise Misplaced(f"left out, as {pattern}")
        *folders, name = path.split("/")
        split = ""
        if self.split_folders:
            inside = self.split_folders_in == "classes"
            head, rest = (folders[:1], folders[1:]) if inside else ([], folders)
            split, rest = self._split(rest)
            folders = head + rest
        if not folders:
            raise Misplaced("in no folder of a class")
        label = composed(folders[0]).strip()
        return Placed(split, label, tuple(folders[1:]), name)

    def _split(self, folders: Sequence[str]) -> tuple[str, list[str]]:
        """The folder of the split, and the folders below it."""
        for split in self.split_folders:
            parts = split.split("/")
            if [*map(composed, folders[: len(parts)])] == [*map(composed, parts)]:
                return split, list(folders[len(parts) :])
        raise Misplaced(f"in none of the folders {', '.join(self.split_folders)}")

    def subject_of(self, placed: Placed) -> str:
        """The person or thing that an image shows, "" where nothing tells it."""
        if self.subject == "subfolder":
            return "/".join(placed.below[: self.subject_depth])
        if self.subject == "series":
            return series_of(placed.name)
        return f"{placed.label}/{stem_of(placed.name)}"

    def _empty_classes(
        self, root: Path, placed: dict[str, Placed]
    ) -> list[tuple[str, str]]:
        """Folders of classes that gave no row."""
        holding = {PurePosixPath(path.rpartition("/")[0]) for path in placed}
        used = {above for folder in holding for above in (folder, *folder.parents)}
        nested = self.split_folders if self.split_folders_in == "root" else None
        places = [_on_disk(root, name) for name in nested] if nested else [root]
        return [
            (printable(f"{name}/"), "a folder of a class without an image")
            for place in places
            if place
            for folder in sorted(place.iterdir())
            if folder.is_dir() and not is_hidden(folder.name)
            if self.links == "follow" or not folder.is_symlink()
            if (name := folder.relative_to(root).as_posix())
            if PurePosixPath(name) not in used
        ]


def _on_disk(root: Path, name: str) -> Path | None:
    """The folder of a name below the root, however its letters are stored there."""
    at = root
    for part in map(composed, name.split("/")):
        inside = (f for f in sorted(at.iterdir()) if composed(f.name) == part)
        at = next((folder for folder in inside if folder.is_dir()), None)
        if at is None:
            return None
    return at
