"""Files that are written whole or not at all, and by one process at a time."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import hashlib
import os
import re
import secrets
import shutil
import stat
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from kpoc.ground import processes

LONGEST_NAME = 200
"""Bytes: a file system takes 255, some of them for a name while it is written."""

_PART = re.compile(
    rf"\.(?P<mark>{processes.MARK})[0-9a-f]{{12}}-(?P<name>.+)", re.DOTALL
)
_ASIDE = ".old"
_SIGN = re.compile(rf"(?P<mark>{processes.MARK})\n")
_LONGEST_SIGN = 100
_LOOKS = (0.02, 0.05, 0.1)
_PAUSE = 0.5
_SAID: set[int] = set()
_NO_LOCKS = {errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOLCK, errno.EINVAL}


def short_digest(text: str) -> str:
    """Eight hex digits that tell apart names which are cut short.

    Example:
        >>> short_digest("faces/lmf") == short_digest("faces.lmf")
        False
    """
    return hashlib.sha256(text.encode()).hexdigest()[:8]


class Lock:
    """Keeps other processes from a file or folder until it is released.

    A process that ends, however that happens, lets go of it. A file system that has no
    locks (some of Lustre and FUSE) is told of once; there the first one's note of
    itself keeps others away until its process has ended.

    Args:
        path: What is kept; the lock is a file beside it.

    Example:
        >>> import tempfile
        >>> one = Lock(tempfile.mkdtemp() + "/kept")
        >>> other = Lock(one.path)
        >>> one.acquire(), other.acquire()
        (True, False)
        >>> one.release(), other.acquire(), other.release()
        (None, True, None)
    """

    def __init__(self, path: str | Path):
        self.path = Path(path)
        self._file = self.path.with_name(f".{self.path.name}.lock")
        self._note = self.path.with_name(f".{self.path.name}.held.lock")
        self._held: int | None = None
        self._noted = False

    def acquire(self) -> bool:
        """Whether no other process has it; then this one has.

        Raises:
            OSError: The lock's file is a link, or cannot be written.
        """
        self._file.parent.mkdir(parents=True, exist_ok=True)
        for pause in (0.0, *_LOOKS):
            # somebody may just have looked, or removed the file
            time.sleep(pause)
            held = _open_lock(self._file, os.O_CREAT)
            if (locked := _flock(held)) and _is_named(held, self._file):
                _sign(held)
                self._held = held
                return True
            os.close(held)
            if locked is None:
                return self._acquire_by_note()
        return False

    def _acquire_by_note(self) -> bool:
        self._file.unlink(missing_ok=True)
        _say_no_locks(self._note)
        for _ in range(2):
            try:
                held = _open_lock(self._note, os.O_CREAT | os.O_EXCL)
            except FileExistsError:
                if not _remove_if_ended(self._note):
                    return False
                continue
            _sign(held)
            os.close(held)
            self._noted = True
            return True
        return False

    def wait(self, waiting: Callable[[], object]) -> None:
        """Acquires it, as soon as nobody has it.

        Args:
            waiting: Called once if it is not free.

        Raises:
            OSError: As `acquire`.
        """
        if self.acquire():
            return
        waiting()
        while not self.acquire():
            time.sleep(_PAUSE)

    @property
    def is_held(self) -> bool:
        """Whether any process has it."""
        with contextlib.suppress(FileNotFoundError):
            looked = _open_lock(self._file)
            try:
                if (free := _flock(looked, fcntl.LOCK_SH)) is not None:
                    return not free
            finally:
                os.close(looked)
        return self._note.is_file() and not _remove_if_ended(self._note)

    def release(self) -> None:
        """Lets others have it; nothing happens if it is not held."""
        if self._held is not None:
            # before it is given up: afterwards the file may be another's
            self._file.unlink(missing_ok=True)
            os.close(self._held)
            self._held = None
        if self._noted:
            self._note.unlink(missing_ok=True)
            self._noted = False


def _open_lock(file: Path, how: int = 0) -> int:
    # what a link leads to is nobody's lock
    how |= os.O_RDWR | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    try:
        return os.open(file, how, 0o666)
    except OSError as error:
        if error.errno != errno.ELOOP:
            raise
        raise OSError(errno.ELOOP, "a lock must not be a link", str(file)) from None


def _flock(file: int, kind: int = fcntl.LOCK_EX) -> bool | None:
    """Whether an open file could be locked; None where there are no locks."""
    try:
        fcntl.flock(file, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError as error:
        if error.errno in _NO_LOCKS:
            return None
        raise
    return True


def _is_named(held: int, file: Path) -> bool:
    # whoever had it may have removed the file after it was opened here
    try:
        return os.path.samestat(os.fstat(held), os.lstat(file))
    except FileNotFoundError:
        return False


def _sign(held: int) -> None:
    """Notes whose the lock is, in a file that holds nothing else."""
    state = os.fstat(held)
    if stat.S_ISREG(state.st_mode) and state.st_nlink == 1:
        before = os.pread(held, _LONGEST_SIGN, 0).decode("ascii", "replace")
        if not before or _SIGN.fullmatch(before):
            os.ftruncate(held, 0)
            os.pwrite(held, f"{processes.mark()}\n".encode(), 0)


def _signed(file: int) -> str | None:
    said = _SIGN.fullmatch(os.pread(file, _LONGEST_SIGN, 0).decode("ascii", "replace"))
    return said and said["mark"]


def _remove_if_ended(note: Path) -> bool:
    """Removes the note of a process that has ended; whether it is gone."""
    try:
        file = _open_lock(note)
    except FileNotFoundError:
        return True
    try:
        mark = _signed(file)
        if mark and processes.has_ended(mark) and _is_named(file, note):
            note.unlink(missing_ok=True)
            return True
        return False
    finally:
        os.close(file)


def _say_no_locks(note: Path) -> None:
    """Says once of a file system that it has no locks."""
    if (device := os.stat(note.parent).st_dev) not in _SAID:
        _SAID.add(device)
        print(
            f"kpoc: the file system of {note.parent} has no locks, so {note.name} "
            "keeps other processes away; remove it if its process is gone",
            file=sys.stderr,
            flush=True,
        )


@contextlib.contextmanager
def atomic(path: str | Path) -> Iterator[Path]:
    """Gives a path to write to; on success it becomes `path`, else it is removed.

    A reader never sees half a file, and if the disk is full the file that was there
    before stays. The name ends as `path` does, for writers that look at it. What is
    written may be a folder too; one that was there before is moved aside first. What
    killed processes left in the folder of `path` is removed.

    Example:
        >>> import tempfile
        >>> target = Path(tempfile.mkdtemp()) / "a.txt"
        >>> with atomic(target) as part:
        ...     _ = part.write_text("whole")
        >>> target.read_text()
        'whole'
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    remove_left_behind(path.parent)
    part = part_of(path)
    try:
        yield part
        for written in part.rglob("*") if part.is_dir() else [part]:
            if written.is_file():
                with open(written, "rb") as file:
                    os.fsync(file.fileno())
        if part.is_dir() and path.is_dir():
            _replace_folder(part, path)
        else:
            part.replace(path)
    except OSError as error:
        raise _named(error, path) from error
    finally:
        _remove(part)


@contextlib.contextmanager
def temporary_folder() -> Iterator[Path]:
    """Gives a folder that is removed afterwards, if need be by another process."""
    place = Path(tempfile.gettempdir())
    remove_left_behind(place)
    folder = part_of(place / "kpoc")
    folder.mkdir(mode=0o700)
    try:
        yield folder
    finally:
        _remove(folder)


def part_of(path: Path) -> Path:
    """A name beside `path` for what will become it, or takes its place for a while.

    Nobody can guess it, and it says whose it is: see `remove_left_behind`.
    """
    name = path.name
    if len(name.encode()) > LONGEST_NAME:
        name = short_digest(name) + path.suffix
    return path.with_name(f".{processes.mark()}{secrets.token_hex(6)}-{name}")


def _named(error: OSError, path: Path) -> OSError:
    """The error of a write, which seldom says what was written."""
    if error.filename is not None:
        return error
    text = error.strerror or str(error)
    return type(error)(error.errno, text, str(path))


def _replace_folder(part: Path, path: Path) -> None:
    # no rename replaces a folder that holds something
    aside = part.with_name(f"{part.name}{_ASIDE}")
    path.rename(aside)
    try:
        part.rename(path)
    except OSError:
        aside.rename(path)
        raise
    shutil.rmtree(aside)


def remove_left_behind(folder: str | Path) -> None:
    """Removes what killed processes left in a folder: parts of files, and locks.

    What another process may still be at stays, as does whatever has another form of
    name. A folder that was moved aside, and never replaced, is moved back.

    Args:
        folder: The folder; it need not be there.
    """
    with contextlib.suppress(OSError), os.scandir(folder) as entries:
        names = [entry.name for entry in entries if entry.name.startswith(".")]
        for name in names:
            path = Path(folder, name)
            if (found := _PART.fullmatch(name)) and processes.has_ended(found["mark"]):
                _remove_part(path, found["name"])
            elif name.endswith(".lock"):
                with contextlib.suppress(OSError):
                    _remove_lock(path)


def remove_parts(folder: str | Path, name: str = "*") -> None:
    """Removes what `atomic` left in a folder when its process was killed.

    Only for what no other process writes to.

    Args:
        folder: The folder.
        name: Of what was to be written.
    """
    for part in Path(folder).glob(f".[0-9]*-{name}"):
        if found := _PART.fullmatch(part.name):
            _remove_part(part, found["name"])
        else:
            _remove(part)


def _remove_part(part: Path, name: str) -> None:
    if name.endswith(_ASIDE):
        kept = part.with_name(name.removesuffix(_ASIDE))
        if not kept.exists():
            part.rename(kept)
    _remove(part)


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def _remove_lock(path: Path) -> None:
    """Removes the file of a lock that nobody has."""
    file = _open_lock(path)
    try:
        mark = _signed(file)
        locked = mark and _flock(file)
        # without locks, and of a note that stands for one, the process decides
        free = locked and not path.name.endswith(".held.lock")
        if mark and (free or processes.has_ended(mark)) and _is_named(file, path):
            path.unlink(missing_ok=True)
    finally:
        os.close(file)


def require_space(path: str | Path, size: int) -> None:
    """Writes `size` zeros to `path`, to be overwritten by what needs the space.

    For writers such as HDF5 that take a full disk badly: here it is a plain OSError.
    """
    zeros = bytes(1 << 20)
    with open(path, "wb") as file:
        for start in range(0, size, len(zeros)):
            file.write(zeros[: size - start])
