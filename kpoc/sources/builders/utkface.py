"""UTKFace for tensorflow-datasets."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

import numpy as np
import tensorflow_datasets as tfds

from kpoc.sources.kinds.utkface import ETHNICITIES, GENDERS, UTKFace

_LEFT_OUT = "left_out"


class UTKFaceBuilder(tfds.core.GeneratorBasedBuilder):
    """UTKFace, aligned and cropped, as the dataset `utkface`.

    It is read as the source `utkface` reads it: labels come from the names of the
    files, and a file whose name does not tell them is left out; `builder.info.metadata`
    says under `left_out` which and why. Nothing is downloaded. There is one split,
    `train`, since UTKFace has none of its own.

    Features: `image` (uint8), `age` (int64, 1-116 years), `gender` and `ethnicity`
    (classes), `file_name`.

    Raises:
        SourceError: `DIR` neither is UTKFace's folder or archive nor holds it.

    Example:
        >>> import kpoc.sources.builders  # doctest: +SKIP
        >>> config = tfds.download.DownloadConfig(manual_dir=DIR)  # doctest: +SKIP
        >>> tfds.load(
        ...     "utkface",
        ...     split="train",
        ...     download_and_prepare_kwargs={"download_config": config},
        ... )  # doctest: +SKIP
    """

    name = "utkface"
    VERSION = tfds.core.Version("1.0.0")
    RELEASE_NOTES: ClassVar[dict[str, str]] = {"1.0.0": "The first one."}
    MANUAL_DOWNLOAD_INSTRUCTIONS = (
        "Get UTKFace, aligned and cropped, from https://susanqq.github.io/UTKFace/ and "
        "put the folder UTKFace or its .tar.gz into manual_dir, or give the folder "
        "itself as manual_dir."
    )

    def _info(self) -> tfds.core.DatasetInfo:
        features = {
            "image": tfds.features.Image(shape=(None, None, 3), encoding_format="jpeg"),
            "age": tfds.features.Scalar(np.int64),
            "gender": tfds.features.ClassLabel(names=GENDERS),
            "ethnicity": tfds.features.ClassLabel(names=ETHNICITIES),
            "file_name": tfds.features.Text(),
        }
        return self.dataset_info_from_configs(
            features=tfds.features.FeaturesDict(features),
            description="Faces with age, gender and ethnicity, aligned and cropped.",
            homepage="https://susanqq.github.io/UTKFace/",
            citation=UTKFace.citation,
            license=UTKFace.licence,
            supervised_keys=("image", "age"),
            metadata=tfds.core.MetadataDict({_LEFT_OUT: {}}),
        )

    def _split_generators(self, dl_manager: tfds.download.DownloadManager) -> dict:
        cache = Path(dl_manager.download_dir)
        listing = UTKFace().read(Path(dl_manager.manual_dir), cache)
        self.info.metadata[_LEFT_OUT] = dict(listing.reported)
        return {"train": self._generate_examples(listing.frame, listing.root)}

    def _generate_examples(self, frame, root: Path) -> Iterator[tuple[str, dict]]:
        for row in frame.itertuples():
            yield (
                row.id,
                {
                    "image": str(root / row.path),
                    "age": int(row.age),
                    "gender": row.gender,
                    "ethnicity": row.ethnicity,
                    "file_name": row.id,
                },
            )
