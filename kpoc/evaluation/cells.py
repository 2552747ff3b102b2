"""What is scored: a cell each target, score, group and level, and its statistics."""

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from kpoc.evaluation import scores
from kpoc.evaluation.bootstrap import Block, Joint
from kpoc.evaluation.scores import Score
from kpoc.ground.text import natural_order

CLASS = "class"
_FIELDS = ("kind", "unit", "classes", "range")


@dataclasses.dataclass(frozen=True)
class Cell:
    """One figure of a comparison, before it has a value.

    Attributes:
        target: Name of the target.
        score: The score.
        group: Group column, ``"class"``, or None for all rows.
        level: Level of the group.
        n: Test rows it rests on.
        unit: Unit of the score.
        block: Position of its block.
        finish: Position of its score in the block.
        part: Position in a vector-valued score.
    """

    target: str
    score: Score
    group: str | None
    level: str | None
    n: int
    unit: str | None
    block: int
    finish: int
    part: int = 0


def read_targets(
    targets: Mapping[str, Any], primary: tuple[str, str]
) -> tuple[dict[str, dict], list[str]]:
    """Targets as plain dictionaries, and everything that is wrong with them.

    Args:
        targets: Mappings, or objects with attributes as in a recipe.
        primary: (target, metric), which is scored whether it is listed or not.
    """
    plain, wrong = {}, []
    for name, given in targets.items():
        get = given.get if isinstance(given, Mapping) else vars(given).get
        plain[name] = {field: get(field) for field in _FIELDS}
        metrics = list(get("metrics") or ())
        if name == primary[0] and primary[1] not in metrics:
            metrics.append(primary[1])
        plain[name]["metrics"] = metrics
        possible = scores.names(plain[name]["kind"], per_class=False)
        unknown = [metric for metric in metrics if metric not in possible]
        if unknown:
            wrong.append(f"{name!r} has metrics {unknown}, which must be in {possible}")
    if primary[0] not in targets:
        wrong.append(f"the primary target {primary[0]!r} is not in {list(targets)}")
    return plain, wrong


def true_values(column: pd.Series, classes: Sequence[str] | None) -> np.ndarray:
    """A column of the manifest as scores take it: values, or class codes.

    Example:
        >>> true_values(pd.Series(["b", "a"]), ["a", "b"]).tolist()
        [1, 0]
    """
    if classes is None:
        return column.to_numpy(np.float64)
    codes = {name: code for code, name in enumerate(classes)}
    return column.astype(str).map(codes).to_numpy(np.int64)


def shown_group(group: str) -> str:
    """What a group column is called in a comparison, where `class` is taken.

    Example:
        >>> shown_group("gender"), shown_group("class")
        ('gender', 'class (column)')
    """
    return f"{group} (column)" if group == CLASS else group


def regions(frame: pd.DataFrame, groups: Sequence[str]) -> list[tuple]:
    """(group, level, positions of its rows) of all rows and of each group's levels."""
    found: list[tuple] = [(None, None, None)]
    for group in groups:
        values = frame[group].astype(str).to_numpy()
        for level in natural_order(set(values)):
            found.append((group, level, np.flatnonzero(values == level)))
    return found


def plan(
    blocks: list[Block | Joint],
    targets: Mapping[str, Mapping],
    truth: Mapping[str, np.ndarray],
    predicted: Sequence[Mapping[str, np.ndarray]],
    frame: pd.DataFrame,
    groups: Sequence[str],
) -> list[Cell]:
    """Adds blocks for the bootstrap; the cells that are read from them.

    A target with classes is not scored across classes within its own levels, where
    the truth has only one; the recall and F1 by class stand for that.

    Args:
        blocks: Blocks so far; those of the cells are added.
        targets: Plain targets (`read_targets`).
        truth: By target, values or class codes of the test rows.
        predicted: By model, the aligned predictions.
        frame: The test rows, for the groups.
        groups: Group columns.
    """
    cells: list[Cell] = []
    where = regions(frame, groups)
    for name, target in targets.items():
        wanted = [scores.get(metric) for metric in target["metrics"]]
        wanted += map(scores.get, scores.names(target["kind"], per_class=True))
        for rows in dict.fromkeys(score.rows for score in wanted):
            columns = [rows(truth[name], model[name]) for model in predicted]
            statistics = np.stack(columns, axis=1)
            for group, level, positions in where:
                chosen = [
                    score
                    for score in wanted
                    if score.rows is rows
                    and not (score.per_class and group)
                    and not (score.across_classes and group == name)
                ]
                if not chosen:
                    continue
                finishes = tuple(score.finish for score in chosen)
                part = statistics if group is None else statistics[positions]
                for index, score in enumerate(chosen):
                    place = {"block": len(blocks), "finish": index}
                    unit = target["unit"] if score.in_unit else None
                    base = {"target": name, "score": score, "unit": unit, **place}
                    if score.per_class:
                        support = np.bincount(
                            truth[name], minlength=len(target["classes"])
                        )
                        cells += [
                            Cell(**base, group=CLASS, level=label, n=int(n), part=k)
                            for k, (label, n) in enumerate(
                                zip(target["classes"], support, strict=True)
                            )
                        ]
                    else:
                        shown = group and shown_group(group)
                        cells.append(
                            Cell(**base, group=shown, level=level, n=len(part))
                        )
                blocks.append(Block(part, finishes, positions))
    return cells
