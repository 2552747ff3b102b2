"""Which part a process has in a search: KerasTuner's environment variables, read."""

from __future__ import annotations

import re
import socket
from collections.abc import Mapping
from dataclasses import dataclass

from tuning.machines.token import problem

CHIEF = "chief"
ID, IP, PORT = (
    f"KERASTUNER_{name}" for name in ("TUNER_ID", "ORACLE_IP", "ORACLE_PORT")
)
_WORKER = re.compile(r"(worker|tuner)[\w.-]*", re.ASCII)
_LARGEST_PORT = 65535


@dataclass(frozen=True)
class Place:
    """The part of a process in a search that several share.

    Attributes:
        name: `chief`, or what a worker is called. One that its crew started has the
            name of who started it, a stroke and a number: `chief/1`.
        host: Where the chief is.
        port: Where it listens; 0 for any free port.
        crew: How many workers the process starts itself.
    """

    name: str
    host: str
    port: int
    crew: int = 0

    @property
    def is_chief(self) -> bool:
        """Whether it has the oracle."""
        return self.name == CHIEF

    @property
    def address(self) -> str:
        """The chief's address."""
        return f"{self.host}:{self.port}"


def find_place(
    workers: int | str | None, environment: Mapping[str, str]
) -> tuple[Place | None, list[str]]:
    """The place of a process, or what is wrong with what was said of it.

    Args:
        workers: How many workers it starts, as the user said it; None for none.
        environment: With KerasTuner's variables where there are several hosts.

    Returns:
        The place, None for a search in this process alone, and the problems.

    Example:
        >>> find_place("2", {})
        (Place(name='chief', host='127.0.0.1', port=0, crew=2), [])
        >>> find_place(None, {})
        (None, [])
    """
    problems = [wrong] if (wrong := problem(environment)) else []
    name = environment.get(ID)
    crew = 0
    # one of a crew was started by the same command
    if workers is not None and "/" not in (name or ""):
        crew = _whole("workers", workers, 1, None, problems)
    given = [variable for variable in (ID, IP, PORT) if environment.get(variable)]
    if not given:
        if workers is None:
            return None, []
        return Place(CHIEF, "127.0.0.1", 0, crew), problems
    problems += [
        f"`{variable}` must be set where `{given[0]}` is: a search on several hosts "
        f"needs {ID} (`{CHIEF}`, or worker-1 and so on), {IP} and {PORT}, the address "
        "of the chief"
        for variable in (ID, IP, PORT)
        if variable not in given
    ]
    if name and not _is_known(name):
        problems.append(
            f"`{ID}` must be `{CHIEF}`, or begin with `worker` or `tuner`, as in "
            f"worker-1. Received: {name!r}"
        )
    port = 0
    if environment.get(PORT):
        port = _whole(PORT, environment[PORT], 1, _LARGEST_PORT, problems)
    place = Place(name or "", environment.get(IP, ""), port, crew)
    if not problems and place.is_chief:
        problems += _unusable(place)
    return place, problems


def _is_known(name: str) -> bool:
    start, _, number = name.partition("/")
    return (start == CHIEF or bool(_WORKER.fullmatch(start))) and (
        "/" not in name or number.isdigit()
    )


def _whole(
    name: str, said: int | str, low: int, high: int | None, problems: list[str]
) -> int:
    try:
        number = int(said)
    except ValueError:
        number = None
    if number is None or number < low or (high is not None and number > high):
        reach = f"of at least {low}" if high is None else f"from {low} to {high}"
        problems.append(f"`{name}` must be a whole number {reach}. Received: {said!r}")
        return 0
    return number


def _unusable(place: Place) -> list[str]:
    """Why a chief cannot listen at its address."""
    try:
        kind, *_, where = socket.getaddrinfo(
            place.host, place.port, type=socket.SOCK_STREAM
        )[0]
        with socket.socket(kind, socket.SOCK_STREAM) as tried:
            # as the server has it: what ended a moment ago does not count
            tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            tried.bind(where)
    except OSError as error:
        return [
            f"`{IP}` and `{PORT}` must be an address of this host that no other "
            f"process listens at: {error.strerror}. Received: {place.address}"
        ]
    return []
