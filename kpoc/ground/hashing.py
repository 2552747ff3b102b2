"""Stable hashes: the only source of chance in what a protocol chooses.

A row's hash depends on the seed, the salt and its id, so neither the order in which
files are listed nor the presence of other files changes it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from kpoc.ground.ranges import find
from kpoc.ground.threads import in_threads


def stable_hash(ids: Iterable[str], seed: int, salt: str) -> np.ndarray:
    """Hashes row ids to 64 bits.

    The first eight bytes, big-endian, of SHA-256 over the UTF-8 text
    `seed U+001F salt U+001F id`. A million ids take about a second.

    Args:
        ids: Row ids.
        seed: The protocol's seed.
        salt: What the hash decides; another salt gives independent numbers.

    Returns:
        uint64 array with one hash an id.

    Example:
        >>> stable_hash(["a.png", "b.png"], seed=0, salt="test").tolist()
        [5216047165487848193, 15128004842277567219]
    """
    prefix = hashlib.sha256(f"{seed}\x1f{salt}\x1f".encode())

    def head(row_id: str) -> bytes:
        digest = prefix.copy()
        digest.update(row_id.encode())
        return digest.digest()[:8]

    return np.frombuffer(b"".join(map(head, ids)), dtype=">u8").astype(np.uint64)


def stable_unit(ids: Iterable[str], seed: int, salt: str) -> np.ndarray:
    """Hashes row ids to floats in [0, 1), uniformly: the hash's upper 53 bits.

    Args:
        ids: Row ids.
        seed: The protocol's seed.
        salt: What the number decides.

    Returns:
        float64 array with one number an id.

    Example:
        >>> stable_unit(["a.png"], seed=0, salt="test").round(6).tolist()
        [0.282762]
    """
    return (stable_hash(ids, seed, salt) >> np.uint64(11)) * 2.0**-53


def file_sha256(path: str | Path) -> str:
    """SHA-256 of a file's bytes, or of those of a part of one, in hex.

    Raises:
        OSError: The file cannot be read.
    """
    place = find(path)
    if place.start is not None:
        return hashlib.sha256(place.read()).hexdigest()
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def file_hashes(paths: Iterable[str | Path], threads: int = 8) -> list[str]:
    """SHA-256 of many files, in hex and in their order.

    Raises:
        OSError: Files cannot be read; lists all of them.
    """
    faults = []

    def attempt(path: str | Path) -> str:
        try:
            return file_sha256(path)
        except OSError as error:
            faults.append(f"- {path}: {error.strerror}")
            return ""

    found = list(in_threads(attempt, paths, threads))
    if faults:
        listed = "\n".join(sorted(faults))
        raise OSError(f"{len(faults)} file(s) cannot be read:\n{listed}")
    return found
