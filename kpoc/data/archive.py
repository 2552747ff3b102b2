"""Unpacks archives that come from elsewhere, without trusting them."""

from __future__ import annotations

import tarfile
import zlib
from pathlib import Path, PurePosixPath

from kpoc.data.cache import make_folder_once
from kpoc.data.hashing import file_sha256
from kpoc.data.source import SourceError

SUFFIXES = (".tar", ".tar.gz", ".tgz")
_SHOWN = 10
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
            files (all are listed), or the archive is damaged.
    """

    def fill(folder: Path) -> None:
        with tarfile.open(archive) as tar:
            refused = [
                f"{member.name!r} {why}"
                for member in tar.getmembers()
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
            for member in tar.getmembers():
                tar.extract(member, folder, set_attrs=False)

    name = archive.name.split(".")[0]
    target = cache / "archives" / f"{name}-{file_sha256(archive)[:16]}"
    try:
        return make_folder_once(target, fill)
    except _FilterError as error:
        raise SourceError(f"{archive} holds an unsafe member: {error}") from error
    except (tarfile.TarError, EOFError, zlib.error) as error:
        raise SourceError(
            f"{archive} must be a whole, undamaged archive ({', '.join(SUFFIXES)}). "
            f"Received: {error}"
        ) from error
