"""Source `tfds`: what tensorflow-datasets has prepared, left in its shards."""

from __future__ import annotations

import hashlib
import json
import mmap
import unicodedata
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

import pydantic

from kpoc.ground.ranges import range_path
from kpoc.ground.schema import nearest
from kpoc.ground.tfrecord import spans
from kpoc.sources.example import Span, Value, read_example
from kpoc.sources.source import (
    Listing,
    Source,
    SourceError,
    check_label_names,
    register_source,
)

if TYPE_CHECKING:
    import pandas as pd

SPLIT = "tfds_split"
_INFO = "dataset_info.json"
_THREADS = 4


@register_source("tfds")
class TensorFlowDataset(Source):
    """An image dataset in TFRecord shards, as `tfds.builder(...)` prepares it.

    Nothing is unpacked or copied: a row's path names the bytes of its image in a shard
    (see `kpoc.ground.ranges`), so a dataset may lie wherever the file system reaches.
    Neither TensorFlow nor tensorflow-datasets is needed to read it.

    The root is the dataset's folder (which holds `dataset_info.json`), or one above it,
    such as `~/tensorflow_datasets`. Labels: the columns that are declared, numbers as
    such, classes by their names, and `tfds_split`, the split that the dataset has the
    image in.

    Attributes:
        columns: The scalar features that are labels, by the names that they get.
        image: The feature with the encoded images.
        dataset: Where the dataset lies below the root, such as `beans/0.1.0`.
    """

    columns: Annotated[dict[str, str], pydantic.Field(min_length=1)]
    image: str = "image"
    dataset: str = "."

    citation: ClassVar[str] = "as `citation` in the dataset's dataset_info.json says"
    licence: ClassVar[str] = "as the dataset's owner says"

    @pydantic.field_validator("columns")
    @classmethod
    def _names(cls, columns: dict) -> dict:
        check_label_names(columns)
        if SPLIT in columns:
            raise ValueError(f"no column may be called {SPLIT}. Received: it")
        return columns

    def read(self, root: Path | None, cache: Path) -> Listing:
        """See `Source.read`."""
        import pandas as pd

        if root is None:
            raise SourceError("the data root must be given. Received: None")
        folder = _find(Path(root) / self.dataset)
        names = _class_names(folder, self.columns.values())
        shards = list(_shards(folder))
        with ThreadPoolExecutor(_THREADS) as pool:
            parts = pool.map(lambda shard: self._rows(folder, names, *shard), shards)
            rows = [row for part in parts for row in part]
        if not rows:
            raise SourceError(f"the dataset must hold images. Received: {folder}")
        frame = pd.DataFrame(
            rows, columns=["id", "path", "sha256", SPLIT, *self.columns]
        )
        return Listing(_with_floats(frame, self.columns), folder.resolve())

    def _rows(
        self,
        folder: Path,
        names: dict[str, list[str]],
        split: str,
        shard: str,
        count: int,
    ) -> list[tuple]:
        found = []
        try:
            for number, (data, start, end) in enumerate(_records(folder / shard)):
                values = read_example(data, start, end)
                image = self._only(values, self.image)
                if not isinstance(image, Span):
                    raise ValueError(f"`{self.image}` holds no encoded images")
                labels = [
                    _label(self._only(values, name), data, names.get(name))
                    for name in self.columns.values()
                ]
                path = range_path(shard, image.start, image.end - image.start)
                content = hashlib.sha256(data[image.start : image.end]).hexdigest()
                # tensorflow-datasets' own name of an example
                row = (f"{shard}__{number}", path, content, split, *labels)
                found.append(row)
        except (OSError, ValueError) as error:
            raise SourceError(f"{folder / shard} cannot be read: {error}") from error
        if len(found) != count:
            raise SourceError(
                f"{folder / shard} must hold {count} examples, as {_INFO} says. "
                f"Received: {len(found)}"
            )
        return found

    def _only(self, values: dict[str, list[Value]], name: str) -> Value:
        if name not in values:
            raise ValueError(f"there is no feature `{name}`. {nearest(name, values)}")
        if len(values[name]) != 1:
            raise ValueError(
                f"`{name}` must have one value an image. Received: {len(values[name])}"
            )
        return values[name][0]


def _find(place: Path) -> Path:
    """The folder of the dataset: this one, or the only one below."""
    if (place / _INFO).is_file():
        return place
    found = sorted(file.parent for file in place.rglob(_INFO)) if place.is_dir() else []
    if len(found) == 1:
        return found[0]
    seen = ", ".join(str(each.relative_to(place)) for each in found) or "none"
    raise SourceError(
        f"there must be one dataset with {_INFO} in {place}, or `dataset` of the "
        f"source must name it. Received: {seen}"
    )


def _info(folder: Path) -> dict[str, Any]:
    try:
        info = json.loads((folder / _INFO).read_text("utf-8"))
    except ValueError as error:
        raise SourceError(f"{folder / _INFO} must be JSON: {error}") from error
    if (form := info.get("fileFormat", "tfrecord")) != "tfrecord":
        raise SourceError(
            f"the dataset in {folder} must be in the file format tfrecord. "
            f"Received: {form}"
        )
    return info


def _shards(folder: Path) -> Iterator[tuple[str, str, int]]:
    """Split, file name and number of examples of each shard."""
    info = _info(folder)
    default = "{DATASET}-{SPLIT}.{FILEFORMAT}-{SHARD_X_OF_Y}"
    for split in info.get("splits", []):
        lengths = split.get("shardLengths", [])
        for number, length in enumerate(lengths):
            parts = {
                "DATASET": info["name"],
                "SPLIT": split["name"],
                "FILEFORMAT": "tfrecord",
                "SHARD_INDEX": f"{number:05}",
                "NUM_SHARDS": f"{len(lengths):05}",
                "SHARD_X_OF_Y": f"{number:05}-of-{len(lengths):05}",
            }
            template = split.get("filepathTemplate") or default
            yield split["name"], template.format(**parts), int(length)


def _class_names(folder: Path, features) -> dict[str, list[str]]:
    """The class names of the features that have some."""
    files = {name: folder / f"{name}.labels.txt" for name in features}
    return {
        name: [_composed(line) for line in file.read_text("utf-8").splitlines()]
        for name, file in files.items()
        if file.is_file()
    }


def _records(file: Path) -> Iterator[tuple[memoryview, int, int]]:
    """What holds each record of a file, and where it begins and ends in it."""
    if not file.stat().st_size:
        return
    with open(file, "rb") as opened:
        data = memoryview(mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_READ))
    for start, end in spans(data):
        yield data, start, end


def _composed(text: str) -> str:
    return unicodedata.normalize("NFC", text)


def _label(value: Value, data: memoryview, names: list[str] | None) -> str | float:
    if isinstance(value, Span):
        return _composed(bytes(data[value.start : value.end]).decode())
    if names is None:
        return float(value)
    if not 0 <= value < len(names):
        raise ValueError(f"a class must be one of 0..{len(names) - 1}, is {value}")
    return names[value]


def _with_floats(frame: pd.DataFrame, columns) -> pd.DataFrame:
    kinds = {name: "float64" for name in columns if frame[name].dtype.kind in "iuf"}
    return frame.astype(kinds)
