"""Builds a manifest from a protocol: source, steps, checks."""

from __future__ import annotations

import dataclasses
import os
from collections import Counter
from pathlib import Path
from typing import Any

from kpoc.ground.cache import cache_folder
from kpoc.pictures.paths import is_left_out_image
from kpoc.protocols.manifest import FIXED_COLUMNS, Manifest
from kpoc.protocols.protocol import Protocol, load_protocol
from kpoc.protocols.record import Recorder
from kpoc.protocols.step import Context, ProtocolError, require_columns
from kpoc.sources.source import Listing, Source, SourceError

IMAGES_LEFT_OUT = "images_left_out"
"""The note of a source on how many images, by their names, are not among its rows."""


def build_manifest(
    protocol: str | Path | Protocol,
    root: str | Path | None = None,
    cache: str | Path | None = None,
) -> Manifest:
    """Makes the manifest that a protocol declares.

    Every file is listed and hashed anew, which takes seconds; nothing is remembered
    between calls but unpacked archives and drawn pictures.

    Args:
        protocol: A protocol, its name in `data_manifests/`, or the path of a .yaml.
        root: Where the data lies; by default `$KPOC_DATA`.
        cache: Folder for what is made once; by default `$KPOC_CACHE`, else
            `~/.cache/kpoc`.

    Returns:
        The checked manifest. Its `meta` holds `protocol`, `source`, `synthetic`,
        `citation`, `licence`, `overlap`, `seed`, `root`, `columns`, `steps` (what was
        there after each, see `kpoc.protocols.record.Recorder.record`), `reported`
        (name, reason), `published` (with the differences), `card`, `counts` and
        `digest`.

    Raises:
        SchemaError: The protocol is not valid.
        SourceError: The data is not there, or not as it should be.
        ProtocolError: The data does not allow what the protocol asks for, or does
            not give what it says must come out.
        ManifestError: The rows break the rules of a manifest.

    Example:
        >>> manifest = build_manifest("portraits")  # doctest: +SKIP
        >>> manifest.counts  # doctest: +SKIP
        {'train': 1444, 'validation': 358, 'test': 320}
    """
    if not isinstance(protocol, Protocol):
        protocol = load_protocol(protocol)
    source, listing = read_source(protocol, root, cache)
    columns = protocol.column_rules()

    frame = listing.frame.assign(split="", stratum="")
    reported = list(listing.reported)
    recorder = Recorder(columns)
    left_out = sum(is_left_out_image(name, why) for name, why in reported)
    notes = {IMAGES_LEFT_OUT: left_out} if left_out else {}
    history = [recorder.record("source", protocol.source.model_dump(), frame, notes)]
    uses: Counter[str] = Counter()
    for component, step in zip(protocol.steps, protocol.make_steps(), strict=True):
        uses[component.name] += 1
        salt = f"{component.name}/{uses[component.name]}"
        try:
            outcome = step.apply(frame, Context(protocol.seed, salt, columns))
        except ProtocolError as error:
            raise ProtocolError(
                f"protocol {protocol.name}, step {len(history)} ({component.name}): "
                f"{error}"
            ) from error
        frame = outcome.frame
        reported += outcome.reported
        history.append(
            recorder.record(component.name, step.model_dump(), frame, outcome.notes)
        )

    require_columns(frame, columns)
    table = frame[[*FIXED_COLUMNS, *columns]].sort_values("id", kind="stable")
    manifest = Manifest(
        table,
        {
            "protocol": protocol.name,
            "description": protocol.description,
            "source": protocol.source.name,
            "synthetic": source.synthetic,
            "citation": source.citation,
            "licence": source.licence,
            "overlap": source.overlap,
            "seed": protocol.seed,
            "root": str(listing.root),
            "columns": {k: dataclasses.asdict(c) for k, c in columns.items()},
            "steps": history,
            "reported": [{"name": n, "reason": why} for n, why in reported],
        },
    ).validate()
    manifest.meta |= {"counts": manifest.counts, "digest": manifest.digest}
    if protocol.card:
        manifest.meta["card"] = protocol.card.model_dump()
    if protocol.published:
        manifest.meta["published"] = _published(protocol, manifest.counts)
    _check_expectation(protocol, manifest)
    return manifest


def read_source(
    protocol: Protocol,
    root: str | Path | None = None,
    cache: str | Path | None = None,
) -> tuple[Source, Listing]:
    """Lists what a protocol starts from.

    Args:
        protocol: The protocol.
        root: As in `build_manifest`.
        cache: As in `build_manifest`.

    Raises:
        SourceError: The data is not there, or not as it should be.
    """
    source = protocol.make_source()
    place = _root(protocol, source.needs_root, root)
    return source, source.read(place, cache_folder(cache))


def _root(protocol: Protocol, needed: bool, root: str | Path | None) -> Path | None:
    root = root or os.environ.get("KPOC_DATA")
    if root:
        return Path(root).expanduser().resolve()
    if needed:
        raise SourceError(
            f"protocol {protocol.name} needs to know where the data of source "
            f"{protocol.source.name} lies: pass --data DIR (in Python: `root`) or set "
            "KPOC_DATA. Received: neither"
        )
    return None


def _published(protocol: Protocol, counts: dict[str, int]) -> dict[str, Any]:
    theirs = protocol.published.counts
    return protocol.published.model_dump() | {
        "differences": {split: counts[split] - n for split, n in theirs.items()}
    }


def _check_expectation(protocol: Protocol, manifest: Manifest) -> None:
    if protocol.expect is None:
        return
    expected, counts = protocol.expect, manifest.counts
    wrong = [
        f"{n} {split} rows, received {counts[split]}"
        for split, n in expected.counts.items()
        if counts[split] != n
    ]
    if expected.digest and expected.digest != manifest.meta["digest"]:
        wrong.append(f"digest {expected.digest}, received {manifest.meta['digest']}")
    if wrong:
        raise ProtocolError(
            f"protocol {protocol.name} does not give what its `expect` says, so its "
            "seed, source or steps were changed, or the data is not the same: expected "
            + "; expected ".join(wrong)
        )
