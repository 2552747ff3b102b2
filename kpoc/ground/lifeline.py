"""Child processes that end when the process that started them does, however it ends.

The child's standard input is a pipe that its parent never writes to. The system closes
it when the parent is gone, by a kill too, and then the child ends itself.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import threading
from collections.abc import Mapping, Sequence
from typing import Any

_TIED = "KPOC_TIED"
_GRACE_SECONDS = 5.0


def start_tied(
    command: Sequence[str], *, env: Mapping[str, str] | None = None, **options: Any
) -> subprocess.Popen:
    """Starts a process that ends with this one; it must call `end_with_parent`.

    Args:
        command: What to start.
        env: Its environment; by default that of this process.
        options: As `subprocess.Popen` takes them.
    """
    env = {**(os.environ if env is None else env), _TIED: "1"}
    return subprocess.Popen(command, stdin=subprocess.PIPE, env=env, **options)


def run_tied(command: Sequence[str], **options: Any) -> int:
    """Runs a process to its end; see `start_tied`.

    Returns:
        Its status.
    """
    process = start_tied(command, **options)
    try:
        return process.wait()
    except BaseException:
        # Ctrl-C reaches the child as well, which then has something to note
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(_GRACE_SECONDS)
        raise
    finally:
        process.kill()
        process.wait()
        process.stdin.close()


def end_with_parent() -> None:
    """Has this process end with the one that started it, if `start_tied` did."""
    # what this process starts is not meant
    if os.environ.pop(_TIED, None) is None:
        return

    def wait() -> None:
        while os.read(0, 1):
            pass
        os._exit(1)

    threading.Thread(target=wait, daemon=True).start()
