"""Tables of predictions: the documented form, read, checked, aligned and written.

Anybody may bring predictions, made by anything. A table (Parquet, CSV or TSV, by the
suffix of its file) has one row an image of the test split and these columns:

- ``id``: the image's id in the manifest. It may be the named index of a Parquet file,
  and may be written with backslashes or with `./` in front.
- For a regression target, ``<target>``: the prediction in the target's unit (years,
  not log years).
- For a target with classes, one column a class, ``<target>.<class name>``: its
  probability. The classes of a row sum to 1 within 1e-3. A binary target has two.

Nothing else is needed; other columns are ignored, the order of rows is free. The truth
comes from the manifest, never from this table. For example, as CSV::

    id,age,gender.Male,gender.Female
    a/001.jpg,31.5,0.91,0.09
    a/002.jpg,7.0,0.25,0.75

The separator may be a semicolon or a tab, the decimal sign then also a comma.
"""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from kpoc.evaluation.spelling import difference, spelled
from kpoc.ground.csv_files import csv_for_people, exact
from kpoc.ground.files import atomic
from kpoc.sources.source import SourceError
from kpoc.sources.tables import SHORT, read_numbers, said_bytes

SUM_TOLERANCE = 1e-3
_PERCENT = 100
_ROUNDED = 0.05
_LIKELY = 0.5
_SHOWN = 5


def read(path: str | os.PathLike) -> pd.DataFrame:
    """Reads a table of predictions; the ids are strings.

    Args:
        path: A ``.parquet``, ``.csv`` or ``.tsv`` file.

    Raises:
        ValueError: If there is no such file, the suffix is another one, or it cannot be
            read.
    """
    try:
        frame = read_numbers(Path(path), texts=["id"])
    except SourceError as error:
        raise ValueError(f"`path` must be a table of predictions: {error}") from error
    if Path(path).suffix == ".csv":
        # as `write` and `kpoc predict --format csv` guard it
        frame = frame.rename(columns=exact)
        if "id" in frame:
            frame["id"] = frame["id"].map(exact)
    return frame


def write(frame: pd.DataFrame, path: str | os.PathLike) -> Path:
    """Writes a table of predictions, all of it or nothing.

    Args:
        frame: Columns in the documented form.
        path: A ``.parquet`` or ``.csv`` file.

    Raises:
        ValueError: If the suffix is another one, or there is no column ``id``.
    """
    path = Path(path)
    if path.suffix not in (".parquet", ".csv"):
        raise ValueError(f"`path` must end in .parquet or .csv. Received: {path}")
    if "id" not in frame:
        raise ValueError(
            f"`frame` must have a column 'id'. Received: {list(frame.columns)}"
        )
    with atomic(path) as part:
        if path.suffix == ".parquet":
            frame.to_parquet(part, index=False)
        else:
            part.write_text(csv_for_people(frame), encoding="utf-8")
    return path


def columns_of(target: str, classes: Sequence[str] | None) -> list[str]:
    """Columns that a target needs: one, or one a class.

    Example:
        >>> columns_of("gender", ["Male", "Female"])
        ['gender.Male', 'gender.Female']
        >>> columns_of("age", None)
        ['age']
    """
    return [target] if classes is None else [f"{target}.{name}" for name in classes]


def _some(values: Sequence) -> str:
    shown = ", ".join(SHORT.repr(value) for value in values[:_SHOWN])
    return shown + (", ..." if len(values) > _SHOWN else "")


def problems(
    frame: pd.DataFrame,
    ids: Sequence[str],
    targets: Mapping[str, Sequence[str] | None],
    split: str = "test",
) -> list[str]:
    """Everything that is wrong with a table of predictions, one sentence each.

    Args:
        frame: The table.
        ids: Ids of the rows.
        targets: Classes of each target, None for a regression.
        split: What the rows are called.
    """
    found = []
    frame = _spelled(frame, ids, targets)
    has = f"the table has {_some(list(frame.columns))}{said_bytes(frame)}"
    if "id" not in frame:
        likely = [name for name in frame if _share(frame[name], ids) > _LIKELY]
        says = f"{likely[0]!r} holds such ids" if likely else has
        found.append(f"the column 'id' is missing: {says}")
    else:
        given = frame["id"]
        twice = sorted(set(given[given.duplicated()]))
        missing = sorted(set(ids) - set(given))
        extra = sorted(set(given) - set(ids))
        for what, which in (
            ("ids stand twice", twice),
            (f"{split} ids are missing", missing),
            (f"ids are not in the {split} split", extra),
        ):
            if which:
                found.append(f"{len(which)} {what}: {_some(which)}")
        if why := difference(missing, extra):
            found[-1] += f": {why}"
    for target, classes in targets.items():
        columns = columns_of(target, classes)
        absent = [column for column in columns if column not in frame]
        if absent:
            found.append(f"columns are missing: {_some(absent)}; {has}")
            continue
        dates = [c for c in columns if pd.api.types.is_datetime64_any_dtype(frame[c])]
        if dates:
            found.append(f"columns hold dates, not numbers: {_some(dates)}")
            continue
        values = frame[columns].apply(pd.to_numeric, errors="coerce").to_numpy(float)
        bad = ~np.isfinite(values).all(axis=1)
        if bad.any():
            found.append(f"{bad.sum()} rows of {target!r} have no finite number")
        if classes is None:
            continue
        good = values[~bad]
        beyond = ((good < -1e-6) | (good > 1 + 1e-6)).any(axis=1).sum()
        if beyond:
            found.append(
                f"{beyond} rows of {target!r} have probabilities not in [0, 1]"
            )
        sums = good.sum(axis=1)
        uneven = (np.abs(sums - 1) > SUM_TOLERANCE).sum()
        if uneven:
            found.append(
                f"{uneven} rows of {target!r} have probabilities that do not sum to 1"
                f"{_why_uneven(good, sums)}"
            )
    return found


def _why_uneven(values: np.ndarray, sums: np.ndarray) -> str:
    if (np.abs(sums - _PERCENT) < 1).all():
        return ": they look like percent and must be divided by 100"
    if (values < 0).any():
        return ": they look like logits and must go through a softmax"
    if (np.abs(sums - 1) < _ROUNDED).all():
        return f" within {SUM_TOLERANCE}: they look rounded and need more digits"
    return ""


def _share(values: pd.Series, ids: Sequence[str]) -> float:
    return float(values.astype(str).isin(list(ids)).mean())


def _spelled(
    frame: pd.DataFrame,
    ids: Sequence[str],
    targets: Mapping[str, Sequence[str] | None],
) -> pd.DataFrame:
    columns = [c for name, of in targets.items() for c in columns_of(name, of)]
    return spelled(frame, ids, ["id", *columns])


def align(
    frame: pd.DataFrame,
    ids: Sequence[str],
    targets: Mapping[str, Sequence[str] | None],
) -> dict[str, np.ndarray]:
    """Predictions in the order of the test rows.

    Args:
        frame: A table in the documented form.
        ids: (n,) ids of the test rows.
        targets: Classes of each target, None for a regression.

    Returns:
        By target, values (n,) or probabilities (n, K), float64.

    Raises:
        ValueError: With all that is wrong: ids missing, extra or twice, columns
            missing, values that are no finite numbers, probabilities outside of [0, 1]
            or not summing to 1.

    Example:
        >>> import pandas as pd
        >>> frame = pd.DataFrame({"id": ["b", "a"], "age": [7.0, 31.0]})
        >>> align(frame, ["a", "b"], {"age": None})["age"].tolist()
        [31.0, 7.0]
    """
    frame = _spelled(frame, ids, targets)
    found = problems(frame, ids, targets)
    if found:
        raise ValueError(
            "`frame` must be a table of predictions for the test rows. Received: "
            + "; ".join(found)
        )
    ordered = frame.set_index("id").loc[list(ids)]
    aligned = {}
    for target, classes in targets.items():
        values = ordered[columns_of(target, classes)].to_numpy(np.float64)
        aligned[target] = values[:, 0] if classes is None else values
    return aligned
