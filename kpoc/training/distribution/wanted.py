"""What is asked for: devices, processes, and where they meet.

By flags of `kpoc train`, or by the environment variables of
`keras.distribution.initialize`, which a script that starts the processes may set.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass

_ADDRESS = "KERAS_DISTRIBUTION_JOB_ADDRESSES"
_NUMBER = "KERAS_DISTRIBUTION_NUM_PROCESSES"
_INDEX = "KERAS_DISTRIBUTION_PROCESS_ID"


@dataclass(frozen=True)
class Wanted:
    """On what to train.

    Attributes:
        devices: Devices of each process; None for all that it has.
        processes: Number of processes.
        coordinator: `host:port` where the first process listens and the others find it;
            None if this process is to start the others on this machine.
        index: Number of this process, from 0; None as before.
    """

    devices: int | None = None
    processes: int = 1
    coordinator: str | None = None
    index: int | None = None

    @property
    def starts_others(self) -> bool:
        """Whether this process is the first one and starts the others."""
        return self.processes > 1 and self.coordinator is None


def read_wanted(
    devices: int | None = None,
    processes: int | None = None,
    coordinator: str | None = None,
    index: int | None = None,
    environment: Mapping[str, str] = os.environ,
) -> Wanted | None:
    """What flags and, where one is not given, environment variables say.

    Args:
        devices: Devices of each process.
        processes: Number of processes.
        coordinator: `host:port` of the first process.
        index: Number of this process.
        environment: `KERAS_DISTRIBUTION_JOB_ADDRESSES` (of several, the first counts),
            `KERAS_DISTRIBUTION_NUM_PROCESSES` and `KERAS_DISTRIBUTION_PROCESS_ID`.

    Returns:
        None if nothing is said: one process, one device.

    Raises:
        ValueError: What is said is incomplete or out of range; lists everything.

    Example:
        >>> read_wanted(processes=2, environment={})
        Wanted(devices=None, processes=2, coordinator=None, index=None)
    """
    problems: list[str] = []

    def whole(name: str) -> int | None:
        text = environment.get(name)
        if text is not None and not text.isdecimal():
            problems.append(f"`{name}` must be a whole number. Received: {text!r}")
            return None
        return None if text is None else int(text)

    if coordinator is None and _ADDRESS in environment:
        coordinator = environment[_ADDRESS].split(",")[0]
    processes = whole(_NUMBER) if processes is None else processes
    index = whole(_INDEX) if index is None else index
    for name, value in (("--devices", devices), ("--processes", processes)):
        if value is not None and value < 1:
            problems.append(f"`{name}` must be at least 1. Received: {value}")
    if (coordinator is None) != (index is None):
        problems.append(
            "`--coordinator` and `--process-index` must be given together. Received: "
            f"coordinator={coordinator!r}, process index={index}"
        )
    if index is not None and not 0 <= index < (processes or 0):
        problems.append(
            "`--process-index` must be from 0 to `--processes` - 1. Received: "
            f"process index={index}, processes={processes}"
        )
    if coordinator is not None and not _is_address(coordinator):
        problems.append(f"`--coordinator` must be HOST:PORT. Received: {coordinator!r}")
    if problems:
        raise ValueError("\n".join(problems))
    if devices is None and processes is None:
        return None
    return Wanted(devices, processes or 1, coordinator, index)


def _is_address(text: str) -> bool:
    host, _, port = text.rpartition(":")
    return bool(host) and port.isdecimal() and 0 < int(port) < 1 << 16
