"""Which process something belongs to, and whether that process has ended."""

from __future__ import annotations

import functools
import hashlib
import os
import re
import socket
from pathlib import Path

MARK = r"\d{1,10}-[0-9a-f]{16}"
"""The form of a mark, as a regular expression."""

_READ = re.compile(r"(?P<pid>\d+)-(?P<place>[0-9a-f]{8})(?P<start>[0-9a-f]{8})")
_UNKNOWN = "0" * 8


def mark() -> str:
    """What tells this process from all others, of other machines and times too.

    It names the process's number, the machine since it was last switched on (and the
    container), and when the process was started.

    Example:
        >>> has_ended(mark())
        False
    """
    pid = os.getpid()
    return f"{pid}-{_place()}{_start(pid) or _UNKNOWN}"


def has_ended(of: str) -> bool:
    """Whether the process of a mark has certainly ended.

    Of a process on another machine, or in another container, nothing is certain.

    Args:
        of: What `mark` gave.
    """
    read = _READ.fullmatch(of)
    if read is None or read["place"] != _place():
        return False
    pid = int(read["pid"])
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, OverflowError):
        return True
    except PermissionError:
        # another user's
        pass
    start = _start(pid)
    if start is None:
        return True
    return start != read["start"] and _UNKNOWN not in (start, read["start"])


@functools.cache
def _place() -> str:
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text("ascii")
        space = os.readlink("/proc/self/ns/pid")
    except OSError:
        boot, space = socket.gethostname(), ""
    return hashlib.sha256(f"{boot} {space}".encode()).hexdigest()[:8]


def _start(pid: int) -> str | None:
    """When a process was started; None if it is over and not yet buried."""
    try:
        said = Path(f"/proc/{pid}/stat").read_text("utf-8", "replace")
    except OSError:
        # no such system, or it keeps this from other users
        return _UNKNOWN
    # its name, in brackets, may hold anything
    state, *fields = said.rpartition(")")[2].split()
    return None if state in "ZX" else f"{int(fields[18]) & 0xFFFFFFFF:08x}"
