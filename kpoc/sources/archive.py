"""Unpacks archives that come from elsewhere, without trusting them."""

from __future__ import annotations

import bz2
import contextlib
import gzip
import lzma
import shutil
import tarfile
import zlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from kpoc.ground.cache import make_folder_once
from kpoc.ground.hashing import file_sha256
from kpoc.sources.source import SourceError

SUFFIXES = (".tar", ".tar.gz", ".tgz")
MOST_GROWTH = 100
"""Times its own size that an archive may unpack to: pictures hardly shrink."""
ALWAYS_FINE = 100 * 1024**2
"""Bytes that any archive may unpack to."""

_SHOWN = 10
_BLOCK = 512
_LARGEST_HEADER = 16 * 1024**2
_LONGEST_NAME, _DEEPEST = 1024, 64
_OPENERS = {b"\x1f\x8b": gzip.open, b"BZh": bz2.open, b"\xfd7zXZ": lzma.open}
_DAMAGE = (
    tarfile.TarError,
    EOFError,
    zlib.error,
    lzma.LZMAError,
    gzip.BadGzipFile,
)
# from Python 3.11.4 on
_FILTERED = hasattr(tarfile, "data_filter")
_FilterError = getattr(tarfile, "FilterError", ())


def is_archive(path: Path) -> bool:
    """Whether the path is a file with the name of an archive that is read here."""
    return path.is_file() and path.name.lower().endswith(SUFFIXES)


def _leaves(name: str, folder: str = "") -> bool:
    """Whether `name`, seen from `folder`, is absolute or leads out of the archive."""
    path = PurePosixPath(name.replace("\\", "/"))
    if path.is_absolute():
        return True
    depth = 0
    for part in (PurePosixPath(folder) / path).parts:
        depth += -1 if part == ".." else 1
        if depth < 0:
            return True
    return False


def _refusal(member: tarfile.TarInfo) -> str | None:
    """Why a member must not be unpacked, or None."""
    if _leaves(member.name):
        return "lands outside the folder"
    parts = PurePosixPath(member.name).parts
    if len(member.name.encode("utf-8", "surrogateescape")) > _LONGEST_NAME:
        return f"has a name of more than {_LONGEST_NAME} bytes"
    if len(parts) > _DEEPEST:
        return f"lies more than {_DEEPEST} folders deep"
    if member.issym() and _leaves(
        member.linkname, str(PurePosixPath(member.name).parent)
    ):
        return "links to a place outside the folder"
    if member.islnk() and _leaves(member.linkname):
        return "links to a place outside the folder"
    if not _FILTERED and (member.issym() or member.islnk()):
        return "is a link, which Python below 3.11.4 cannot unpack safely"
    if not (member.isreg() or member.isdir() or member.issym() or member.islnk()):
        return "is a device or pipe"
    return None


class _Content:
    """What an archive holds, unpacked as it is read.

    `tarfile` copies files piece by piece, but reads a header, which may be of any size,
    at once.
    """

    def __init__(self, file: BinaryIO):
        self._file = file
        self.seek, self.tell = file.seek, file.tell

    def read(self, size: int = -1) -> bytes:
        if not 0 <= size <= _LARGEST_HEADER:
            raise tarfile.ReadError(f"a header must be below {_LARGEST_HEADER} bytes")
        return self._file.read(size)


@contextlib.contextmanager
def _opened(archive: Path) -> Iterator[tarfile.TarFile]:
    with open(archive, "rb") as file:
        start = file.read(max(map(len, _OPENERS)))
    opener = next((o for magic, o in _OPENERS.items() if start.startswith(magic)), open)
    with (
        opener(archive, "rb") as file,
        tarfile.open(fileobj=_Content(file), mode="r:") as tar,
    ):
        yield tar


def _members(tar: tarfile.TarFile, archive: Path, folder: Path) -> list:
    """All members, unless they are more than the archive may hold.

    A header tells the size of what comes, so nothing too large is read to its end.
    """
    size = archive.stat().st_size
    allowed = max(MOST_GROWTH * size, ALWAYS_FINE)
    free = shutil.disk_usage(folder).free
    members, total = [], 0
    for member in tar:
        # an empty file takes room as well
        total += _BLOCK + member.size
        if total > allowed:
            raise SourceError(
                f"{archive} must unpack to at most {MOST_GROWTH} times its size of "
                f"{size} bytes, or {ALWAYS_FINE} bytes; unpack it yourself if it is to "
                f"be trusted. Received: more than {allowed} bytes, in member "
                f"{len(members) + 1}, {member.name!r:.80}"
            )
        if total > free:
            raise SourceError(
                f"{archive} must fit on the disk of {folder.parent}, in KPOC_CACHE. "
                f"Received: more than the {free} bytes that are free"
            )
        members.append(member)
    return members


def unpack(archive: Path, cache: Path) -> Path:
    """Unpacks a .tar, .tar.gz or .tgz once; later calls find the folder.

    The folder is named after the SHA-256 of the archive. It is there whole or not at
    all. All members are looked at before the first one is written; `tarfile`'s
    filter `data` then checks once more, against the files on disk. A Python without it
    unpacks no links.

    Args:
        archive: The archive.
        cache: The cache folder.

    Returns:
        The folder that holds the content.

    Raises:
        SourceError: Members would land outside the folder, lead out of it or are not
            files (all are listed); they take `MOST_GROWTH` times the archive's size
            and more than `ALWAYS_FINE` bytes, or more than the disk has; or the
            archive is damaged.
    """

    def fill(folder: Path) -> None:
        with _opened(archive) as tar:
            members = _members(tar, archive, folder)
            refused = [
                f"{member.name!r:.200} {why}"
                for member in members
                if (why := _refusal(member))
            ]
            if refused:
                more = len(refused) - _SHOWN
                tail = f", and {more} more" if more > 0 else ""
                raise SourceError(
                    f"{archive} must stay inside the folder it is unpacked to. "
                    f"Received: {len(refused)} unsafe members: "
                    f"{', '.join(refused[:_SHOWN])}{tail}"
                )
            if _FILTERED:
                tar.extractall(folder, filter="data")
                return
            for member in members:
                tar.extract(member, folder, set_attrs=False)

    name = archive.name.split(".")[0]
    target = cache / "archives" / f"{name}-{file_sha256(archive)[:16]}"
    try:
        return make_folder_once(target, fill)
    except _FilterError as error:
        raise SourceError(f"{archive} holds an unsafe member: {error}") from error
    except _DAMAGE as error:
        raise SourceError(
            f"{archive} must be a whole, undamaged archive ({', '.join(SUFFIXES)}). "
            f"Received: {error}"
        ) from error
