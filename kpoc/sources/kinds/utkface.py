"""Source `utkface`: aligned and cropped faces whose file names are their labels."""

from __future__ import annotations

import re
from pathlib import Path
from typing import ClassVar

from kpoc.ground.hashing import file_hashes
from kpoc.pictures.paths import printable
from kpoc.sources.finding import find_dataset
from kpoc.sources.source import Listing, Source, SourceError, register_source

GENDERS = ("Male", "Female")
ETHNICITIES = ("White", "Black", "Asian", "Indian", "Other")
AGES = (1, 116)

_ENDING = re.compile(r"\.?jpg\.chip\.jpg$")
_FIELDS = ("age", "gender", "ethnicity", "date")


def parse_name(name: str) -> tuple[int, str, str]:
    """Reads the labels from a file name.

    The form is `[age]_[gender]_[ethnicity]_[date].jpg.chip.jpg`. A stray space and
    a missing dot before the first `jpg` leave nothing ambiguous and are read over; a
    missing field does not tell which one it is.

    Args:
        name: The file's name.

    Returns:
        Age in years (1-116), gender, ethnicity.

    Raises:
        ValueError: The name does not give the labels; says why.

    Example:
        >>> parse_name("25_1_2_20170116172422516.jpg.chip.jpg")
        (25, 'Female', 'Asian')
        >>> parse_name("61_1_20170109142408075.jpg.chip.jpg")
        Traceback (most recent call last):
            ...
        ValueError: 3 fields instead of age_gender_ethnicity_date: which one is \
missing cannot be told
    """
    stem, endings = _ENDING.subn("", re.sub(r"\s", "", name))
    if not endings:
        raise ValueError("not named like a face of UTKFace (*.jpg.chip.jpg)")
    fields = stem.split("_")
    if len(fields) != len(_FIELDS):
        fault = "missing" if len(fields) < len(_FIELDS) else "too much"
        raise ValueError(
            f"{len(fields)} fields instead of {'_'.join(_FIELDS)}: which one is "
            f"{fault} cannot be told"
        )
    for field, value in zip(_FIELDS, fields, strict=True):
        if not re.fullmatch("[0-9]+", value):
            raise ValueError(f"{field} {value!r} is not a whole number")
    age, gender, ethnicity = (int(value) for value in fields[:3])
    if not AGES[0] <= age <= AGES[1]:
        raise ValueError(f"age {age} is outside {AGES[0]}..{AGES[1]}")
    if gender >= len(GENDERS):
        raise ValueError(f"gender {gender} is none of 0, 1")
    if ethnicity >= len(ETHNICITIES):
        raise ValueError(f"ethnicity {ethnicity} is none of 0, 1, 2, 3, 4")
    return age, GENDERS[gender], ETHNICITIES[ethnicity]


def _holds_faces(folder: Path) -> bool:
    return any(folder.glob("*.chip.jpg"))


@register_source("utkface")
class UTKFace(Source):
    """UTKFace, aligned and cropped: age 1-116, gender, ethnicity.

    Labels: `age` (years), `gender` (Male, Female), `ethnicity` (White, Black, Asian,
    Indian, Other). The root is the folder itself, one that holds it, or the archive
    as downloaded (or a folder that holds it), which is unpacked once into the cache.
    """

    citation: ClassVar[str] = (
        "Zhang, Song, Qi: Age Progression/Regression by Conditional Adversarial "
        "Autoencoder, CVPR 2017"
    )
    licence: ClassVar[str] = (
        "non-commercial research only; the copyright stays with the images' owners"
    )

    def read(self, root: Path | None, cache: Path) -> Listing:
        """See `Source.read`."""
        import pandas as pd

        if root is None:
            raise SourceError("the data root must be given. Received: None")
        folder = find_dataset(
            Path(root),
            cache,
            name="UTKFace",
            looked_for="*.jpg.chip.jpg",
            holds=_holds_faces,
        )
        rows, reported = [], []
        for path in sorted(folder.iterdir()):
            try:
                if not path.is_file():
                    raise ValueError("not a file")
                rows.append((path.name, *parse_name(path.name)))
            except ValueError as error:
                reported.append((printable(path.name), str(error)))
        frame = pd.DataFrame(rows, columns=["id", "age", "gender", "ethnicity"])
        frame.insert(1, "path", frame["id"])
        frame.insert(2, "sha256", file_hashes(folder / name for name in frame["id"]))
        frame["age"] = frame["age"].astype(float)
        return Listing(frame, folder, reported)
