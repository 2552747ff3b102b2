"""Why a trial failed."""

from __future__ import annotations

import signal

MEMORY, DIVERGED, CRASH, ERROR = "memory", "diverged", "crash", "error"

_OF_MEMORY = ("MemoryError", "ResourceExhaustedError", "OutOfMemoryError")


class Failure(Exception):
    """A trial that came to no end.

    Args:
        reason: `memory`: it needs more than there is. `diverged`: its loss became NaN.
            `crash`: its process died of something else. `error`: an exception.
        message: What was said.
    """

    def __init__(self, reason: str, message: str):
        super().__init__(f"{reason}: {message}")
        self.reason, self.message = reason, message


class Lost(Exception):
    """A trial that went to another worker while it ran."""


def of_exception(error: BaseException) -> Failure:
    """What an exception of a training means.

    Example:
        >>> of_exception(MemoryError("no room")).reason
        'memory'
    """
    name, text = type(error).__name__, str(error) or type(error).__name__
    first = text.strip().splitlines()[0]
    if name in _OF_MEMORY or "RESOURCE_EXHAUSTED" in text:
        return Failure(MEMORY, f"{name}: {first}")
    if name == "TrainingDiverged":
        return Failure(DIVERGED, text)
    return Failure(ERROR, f"{name}: {text}")


def of_exit(status: int) -> Failure:
    """What the exit status of a process means that was not asked to end.

    A kill is what a system without memory does to a process; from outside it cannot be
    told from anybody else's.

    Example:
        >>> str(of_exit(-9))
        'memory: the process was killed (SIGKILL), as it is when memory runs out'
    """
    if status == -signal.SIGKILL:
        return Failure(
            MEMORY,
            "the process was killed (SIGKILL), as it is when memory runs out",
        )
    if status < 0:
        name = signal.Signals(-status).name
        return Failure(CRASH, f"the process was ended by {name}")
    return Failure(CRASH, f"the process ended with status {status}")
