"""What a part of a comparison is: its question to the one bootstrap, and its answer."""

import abc
import dataclasses
import graphlib
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from kpoc.evaluation.bootstrap import Block, Joint, Moments
from kpoc.evaluation.cells import Cell
from kpoc.evaluation.sides import Side
from kpoc.evaluation.table import Table
from kpoc.ground.registry import Registry


@dataclasses.dataclass(frozen=True)
class Subject:
    """What is compared: all that a part may read before the bootstrap.

    Attributes:
        sides: The sides, the baseline first.
        targets: Plain targets (`kpoc.evaluation.cells.read_targets`).
        groups: Columns of the manifest that results are broken down by.
        primary: (target, metric) that the verdict is about.
        manifest: All rows.
        frame: The n test rows, sorted by id.
        truth: By target, values or class codes, (n,).
        predicted: By side, the aligned test predictions of each seed.
        strata: (n,) stratum of each test row.
        data: What is known of the data.
        level: Confidence level.
        calibrate: Whether figures after temperature scaling are wanted.
        blocks: What has been asked of the bootstrap so far.
    """

    sides: Sequence[Side]
    targets: Mapping[str, Mapping]
    groups: Sequence[str]
    primary: tuple[str, str]
    manifest: pd.DataFrame
    frame: pd.DataFrame
    truth: Mapping[str, np.ndarray]
    predicted: Mapping[str, Sequence[Mapping[str, np.ndarray]]]
    strata: np.ndarray
    data: Mapping[str, Any]
    level: float
    calibrate: bool = False
    blocks: list[Block | Joint] = dataclasses.field(default_factory=list)

    @property
    def models(self) -> list[Mapping[str, np.ndarray]]:
        """Aligned test predictions of all seeds of all sides, in their order."""
        return [model for side in self.sides for model in self.predicted[side.name]]

    @property
    def ids(self) -> list[str]:
        """Ids of the test rows."""
        return self.frame["id"].tolist()

    @cached_property
    def number_of_strata(self) -> int:
        """How many strata the test rows have."""
        return len(set(self.strata))

    @property
    def free(self) -> float:
        """Share of the test rows that are degrees of freedom."""
        return 1 - self.number_of_strata / len(self.frame)

    def ask(self, block: Block | Joint) -> int:
        """Asks the bootstrap for a block's scores; where its moments will stand."""
        self.blocks.append(block)
        return len(self.blocks) - 1

    def table(
        self,
        cells: Sequence[Cell],
        moments: Sequence[Sequence[Moments]],
        sides: Sequence[Side] | None = None,
    ) -> Table:
        """Rows of scores and differences of some cells; of all sides by default."""
        sides = self.sides if sides is None else sides
        return Table(sides, cells, moments, self.free, self.level)


class Part(abc.ABC):
    """One field of a comparison.

    A part is made before the bootstrap, when it asks for the sums that it needs
    (`Subject.ask`), and read after it. The bootstrap runs once for all parts, so all
    see the same resamples. To add a part, write a module in `kpoc.evaluation.parts`
    that registers a class of this kind under the name of its field.

    Attributes:
        after: Names of the parts that are made, and read, before this one.
        content: Type of the field.
        empty: Makes the field of a comparison that lacks it; None where all have it.
    """

    after: ClassVar[tuple[str, ...]] = ()
    content: ClassVar[Any]
    empty: ClassVar[Callable[[], Any] | None] = dict

    @abc.abstractmethod
    def __init__(self, subject: Subject, parts: Mapping[str, "Part"]) -> None:
        """Asks what must be asked.

        Args:
            subject: What is compared.
            parts: The parts made before, by name.
        """

    @abc.abstractmethod
    def read(self, moments: Sequence[Sequence[Moments]]) -> Any:
        """The field, as `content` says; numpy's types and NaN are allowed.

        Args:
            moments: By block and finish, what the bootstrap gave.
        """

    def warnings(self) -> list[str]:
        """What a reader must know of this part before believing it."""
        return []

    def notes(self) -> list[str]:
        """How this part's figures are to be read."""
        return []


PARTS: Registry[type[Part]] = Registry("part of a comparison", "kpoc.evaluation.parts")


def ordered() -> dict[str, type[Part]]:
    """All parts by name, each behind those that it names in `after`.

    Raises:
        ValueError: If a part names one that is not there, or parts wait for each other.
    """
    known = {name: PARTS.get(name) for name in PARTS.names()}
    order = in_order({name: part.after for name, part in known.items()})
    return {name: known[name] for name in order}


def in_order(after: Mapping[str, Sequence[str]]) -> list[str]:
    """Names such that each stands behind those that it needs; of equal ones by name.

    Args:
        after: By name, what it needs.

    Raises:
        ValueError: If a need is not there, or names need each other.

    Example:
        >>> in_order({"a": ["c"], "b": [], "c": []})
        ['b', 'c', 'a']
    """
    unknown = {need for needs in after.values() for need in needs} - set(after)
    if unknown:
        raise ValueError(
            f"`after` must name parts that are there. Received: {sorted(unknown)}"
        )
    sorter = graphlib.TopologicalSorter(after)
    try:
        sorter.prepare()
    except graphlib.CycleError as error:
        raise ValueError(
            f"`after` must not lead back. Received: {' after '.join(error.args[1])}"
        ) from error
    found: list[str] = []
    while sorter.is_active():
        ready = sorted(sorter.get_ready())
        sorter.done(*ready)
        found += ready
    return found
