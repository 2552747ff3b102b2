"""Source `folder`: one folder a class."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, ClassVar

import pydantic

from kpoc.data.hashing import file_hashes
from kpoc.data.paths import (
    LEADS_OUT,
    LINKS_REMEDY,
    Links,
    composed,
    images_below,
    is_hidden,
    printable,
    stable_ids,
)
from kpoc.data.source import (
    Listing,
    Source,
    SourceError,
    check_label_names,
    register_source,
)

SPLIT_FOLDER = "split_folder"
_SHOWN = 5


@register_source("folder")
class Folder(Source):
    """Images in one folder a class; folders inside of those are part of the class.

    Labels: the class, under the name `label`, and `split_folder` where the class
    folders lie in folders such as train and test.

    Hidden files, files that are no images by their names, files that lie in no folder
    of a class, and links that lead out of the root or to folders are reported and not
    taken. Names of classes, and ids, are put into Unicode's composed form (NFC), which
    is what a keyboard types.

    Attributes:
        label: Name of the class column.
        split_folders: The folders below the root, such as train and test, that hold
            the folders of the classes; by default the root itself holds them.
        links: `follow` takes files and folders of classes that are links which lead
            out of the root as well, as into the cache of DVC, git-annex or the Hugging
            Face Hub.
    """

    label: str = "label"
    split_folders: Annotated[list[str], pydantic.Field(min_length=1)] | None = None
    links: Links = "inside"

    citation: ClassVar[str] = "images of your own: their owner says how to cite them"
    licence: ClassVar[str] = "as the images' owner says"

    @pydantic.field_validator("label")
    @classmethod
    def _name(cls, label: str) -> str:
        check_label_names([label])
        return label

    def read(self, root: Path | None, cache: Path) -> Listing:
        """See `Source.read`."""
        import pandas as pd

        if root is None or not Path(root).is_dir():
            raise SourceError(
                "the data root must be a folder with one folder a class (an archive "
                f"must be unpacked first). Received: {root}"
            )
        root = Path(root).resolve()
        rows, reported = [], []
        for path, fault in images_below(root, self.links):
            *folders, _ = path.split("/")
            if fault is None:
                fault = self._misplaced(folders)
            if fault is None:
                rows.append((path, *self._labels(folders)))
            else:
                reported.append((path, fault))
        reported += self._empty_classes(root, {path for path, *_ in rows})
        if not rows:
            seen = ", ".join(f"{name} ({why})" for name, why in reported[:_SHOWN])
            linked = any(why == LEADS_OUT for _, why in reported)
            raise SourceError(
                "the data root must hold folders of classes with images in them. "
                f"Received: {root}, which holds {seen or 'nothing'}"
                + (f"; {LINKS_REMEDY}" if linked else "")
            )
        names = ["id", self.label, *([SPLIT_FOLDER] if self.split_folders else [])]
        frame = pd.DataFrame(rows, columns=names)
        frame.insert(1, "path", frame["id"])
        frame["id"] = stable_ids(frame["id"])
        frame.insert(2, "sha256", file_hashes(root / path for path in frame["path"]))
        return Listing(frame, root, reported)

    @property
    def _split_names(self) -> dict[str, str]:
        """Declared split folders by their composed names."""
        return {composed(name): name for name in self.split_folders or []}

    def _misplaced(self, folders: list[str]) -> str | None:
        """Why a file in these folders, from the root on, has no class; or None."""
        if not self.split_folders:
            return None if folders else "in no folder of a class"
        if not folders or composed(folders[0]) not in self._split_names:
            return f"in none of the folders {', '.join(self.split_folders)}"
        return None if len(folders) > 1 else "in no folder of a class"

    def _labels(self, folders: list[str]) -> list[str]:
        label = composed(folders[self._depth - 1]).strip()
        if not self.split_folders:
            return [label]
        return [label, self._split_names[composed(folders[0])]]

    def _empty_classes(self, root: Path, taken: set[str]) -> list[tuple[str, str]]:
        """Folders of classes that gave no row."""
        used = {tuple(path.split("/")[:-1][: self._depth]) for path in taken}
        places = [root]
        if self.split_folders:
            places = [
                place
                for place in sorted(root.iterdir())
                if place.is_dir() and composed(place.name) in self._split_names
            ]
        return [
            (printable("/".join(parts)) + "/", "a folder of a class without an image")
            for place in places
            for folder in sorted(place.iterdir())
            if folder.is_dir() and not is_hidden(folder.name)
            if self.links == "follow" or not folder.is_symlink()
            if (parts := folder.relative_to(root).parts) not in used
        ]

    @property
    def _depth(self) -> int:
        """How many folders lead from the root to the images of a class."""
        return 2 if self.split_folders else 1
