"""What every source promises."""

from __future__ import annotations

import tempfile
from pathlib import Path

from kpoc.ground.hashing import file_sha256
from kpoc.ground.schema import validate
from kpoc.sources.source import (
    SOURCES,
    Listing,
    SourceError,
    check_label_names,
)
from kpoc.testing.promises import expect

_HASHED = 20
_OWN = ["id", "path", "sha256"]


def check_source(name: str, root: Path | None = None, **parameters: object) -> None:
    """Checks what protocols rely on, with a few images of the dataset.

    The source

    - says what to cite and on what terms its images may be used;
    - lists `id`, `path` and `sha256`, then label columns, float64 or text, none of
      them empty anywhere; ids are unique, and the files are there with these hashes;
    - lists the same when it is asked again;
    - refuses a folder that is not there with a `SourceError`, if it needs one.

    Args:
        name: The source's, as it was registered.
        root: A folder with images as the dataset has them; None for a source that
            needs none.
        **parameters: As in a protocol.

    Raises:
        AssertionError: A promise is broken; says which.

    Example:
        >>> check_source("portraits", count=8, size=32)
    """
    source = validate(SOURCES.get(name), parameters, f"source {name}")
    expect(source.citation and source.licence, f"{name} must have citation and licence")
    with tempfile.TemporaryDirectory() as folder:
        cache = Path(folder)
        listing = source.read(root, cache)
        _check_listing(name, listing)
        again = source.read(root, cache).frame
        expect(again.equals(listing.frame), f"{name} must list the same again")
        if source.needs_root:
            try:
                source.read(cache / "nowhere", cache)
            except SourceError:
                return
            raise AssertionError(f"{name} must refuse a folder that is not there")


def _check_listing(name: str, listing: Listing) -> None:
    frame = listing.frame
    expect(list(frame.columns[:3]) == _OWN, f"{name} must list {_OWN} first")
    expect(len(frame) and frame["id"].is_unique, f"{name} must list each id once")
    labels = frame.columns[3:]
    try:
        check_label_names(labels)
    except ValueError as error:
        raise AssertionError(f"{name} must not call labels so: {error}") from None
    for column in labels:
        number = frame[column].dtype == "float64"
        text = all(isinstance(value, str) for value in frame[column])
        expect(number or text, f"{name} must have {column} as float64 or as text")
    expect(not frame.isna().any(axis=None), f"{name} must leave no label empty")
    for row in frame.iloc[:_HASHED].itertuples():
        file = listing.root / row.path
        expect(file.is_file(), f"{name} must list files that are there: {row.path}")
        right = file_sha256(file) == row.sha256
        expect(right, f"{name} must list the hash of {row.path}")
    said = all(isinstance(one, str) for pair in listing.reported for one in pair)
    expect(said, f"{name} must report files with their reasons, in words")
