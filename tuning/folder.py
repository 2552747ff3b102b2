"""The directory of a search: what it is a search for, and what its trials gave.

search.json   oracle.json   trials/0000/{recipe.yaml,log.txt,run/,trial.json}
recipes/   workers/   trials.csv   index.html
"""

from __future__ import annotations

import json
import operator
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from kpoc.ground.errors import UserError
from kpoc.ground.files import Lock, atomic, remove_left_behind, remove_parts
from kpoc.report.flatten import flatten
from kpoc.runs.run import Run
from tuning.dimension import Scalar

FORMAT = 1

WORKERS = "workers"
"""Where workers that a process started write what they say."""


class FolderError(UserError, RuntimeError):
    """A directory that holds another search, or is in use."""


@dataclass
class Record:
    """What is known of a finished trial.

    Attributes:
        number: Its number, counted from 0.
        levels: What was drawn, by key.
        status: `completed` or `failed`.
        score: The number that is sought, of the weights that the recipe keeps.
        figures: The goals' own figures, of the same weights.
        epochs: Epochs that were trained.
        best_epoch: The epoch of these weights.
        numbers: The number after each epoch.
        stopped: Whether the median rule stopped it.
        budget: Epochs it was given, where these differ from the recipe's.
        reason: Why it failed, in a word; see `tuning.failure`.
        message: Why it failed.
        smaller: Batch sizes at which memory was short, the first one first.
        seconds: What all of it took, of the search's time.
        cost: Of the training, as in `run.json`.
        xla: Whether XLA compiled it, and why.
    """

    number: int
    levels: dict[str, Scalar]
    status: str
    score: float | None = None
    figures: dict[str, float] = field(default_factory=dict)
    epochs: int = 0
    best_epoch: int | None = None
    numbers: list[float] = field(default_factory=list)
    stopped: bool = False
    budget: int | None = None
    reason: str | None = None
    message: str | None = None
    smaller: list[int] = field(default_factory=list)
    seconds: float = 0.0
    cost: dict[str, Any] = field(default_factory=dict)
    xla: dict[str, Any] = field(default_factory=dict)

    @property
    def is_complete(self) -> bool:
        """Whether it gave a number."""
        return self.status == "completed"


class Folder:
    """The directory of a search.

    Args:
        path: The directory.
    """

    def __init__(self, path: str | Path):
        self.path = Path(path)
        self._lock = Lock(self.path)

    @property
    def oracle(self) -> Path:
        """The file of the oracle's state."""
        return self.path / "oracle.json"

    @property
    def definition(self) -> dict[str, Any] | None:
        """What the search is; None where there is none yet."""
        file = self.path / "search.json"
        return json.loads(file.read_text("utf-8")) if file.is_file() else None

    def trial(self, number: int) -> Path:
        """The folder of a trial."""
        # a record that somebody sends may name anything
        return self.path / "trials" / f"{operator.index(number):04d}"

    def trial_recipe(self, number: int) -> Path:
        """The recipe of a trial."""
        return self.trial(number) / "recipe.yaml"

    def trial_run(self, number: int) -> Run:
        """The training of a trial."""
        return Run(self.trial(number) / "run")

    def problems(self, definition: Mapping[str, Any]) -> list[str]:
        """What keeps a search from being done, or gone on with, here."""
        known = self.definition
        if known is None:
            found = self.path.iterdir() if self.path.is_dir() else ()
            # a host's workers write what they say before any has joined
            if any(one.name != WORKERS for one in found):
                return [
                    f"`out` must be a new folder, or one of a search: {self.path} "
                    "holds something else"
                ]
            return []
        if known.get("format") != FORMAT:
            return [
                f"{self.path} was made by another version of kpoc; take another folder "
                f"with --out. Received: format {known.get('format')}, not {FORMAT}"
            ]
        return [
            f"{self.path} holds another search; take another folder with --out, or "
            f"remove it: `{key}` was {then}, now it is {now}"
            for key, then, now in differences(known, definition)
        ]

    def begin(self, definition: Mapping[str, Any]) -> None:
        """Clears away what a kill left, and says what the search is."""
        remove_parts(self.path)
        # in those of trials, workers may be writing
        for folder in (self.path.parent, *self.path.glob("trials/*")):
            remove_left_behind(folder)
        self.define(definition)

    def define(self, definition: Mapping[str, Any]) -> None:
        """Says what the search is, unless that is said already."""
        if self.definition is None:
            write_json(self.path / "search.json", definition)

    def hold(self) -> None:
        """Keeps other processes from the search until `release`.

        Raises:
            FolderError: Another process is at it.
        """
        if not self._lock.acquire():
            raise FolderError(
                f"{self.path} is being searched by another process; wait for it or "
                "take another folder with --out"
            )

    def release(self) -> None:
        """Lets other processes at the search."""
        self._lock.release()

    def write_record(self, record: Record) -> None:
        """Writes what a trial gave."""
        write_json(self.trial(record.number) / "trial.json", asdict(record))

    def record(self, number: int) -> Record | None:
        """What a trial gave; None if it is not finished."""
        file = self.trial(number) / "trial.json"
        if not file.is_file():
            return None
        return Record(**json.loads(file.read_text("utf-8")))

    def records(self) -> list[Record]:
        """What all finished trials gave, in their order."""
        files = sorted((self.path / "trials").glob("*/trial.json"))
        return [self.record(int(file.parent.name)) for file in files]


def differences(
    one: Mapping[str, Any], other: Mapping[str, Any]
) -> list[tuple[str, str, str]]:
    """Where two definitions of a search differ: key, and what either says.

    Example:
        >>> differences({"recipe": {"epochs": 4}}, {"recipe": {"epochs": 5}, "seed": 0})
        [('recipe.epochs', '4', '5'), ('seed', 'absent', '0')]
    """
    first, second = (flatten(json.loads(json.dumps(told))) for told in (one, other))
    return [
        (key, first.get(key, "absent"), second.get(key, "absent"))
        for key in dict.fromkeys([*first, *second])
        if first.get(key) != second.get(key)
    ]


def write_json(path: Path, content: Mapping[str, Any]) -> None:
    """Writes a JSON file, whole or not at all."""
    with atomic(path) as part:
        part.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
