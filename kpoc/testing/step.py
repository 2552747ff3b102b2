"""What every step of a protocol promises."""

from __future__ import annotations

import numpy as np
import pandas as pd

from kpoc.ground.schema import validate
from kpoc.protocols.manifest import Column
from kpoc.protocols.step import STEPS, Context, Outcome
from kpoc.testing.promises import expect

_CLASSES = {"kind": ["a", "b"], "tribe": ["x", "y"]}


def check_step(
    name: str, *, frame: pd.DataFrame | None = None, **parameters: object
) -> None:
    """Checks what protocols rely on.

    The step

    - gives rows that it was given, each once, with the columns that steps hand on;
    - leaves the frame that it was given as it was;
    - chooses the same rows whatever their order is.

    Args:
        name: The step's, as it was registered.
        frame: Rows; by default 200 without a split, with a number `age` and the class
            columns `kind` (a, b) and `tribe` (x, y).
        **parameters: As in a protocol.

    Raises:
        AssertionError: A promise is broken; says which.

    Example:
        >>> check_step("limit", rows=20, by=["tribe"])
    """
    frame = _rows() if frame is None else frame
    step = validate(STEPS.get(name), parameters, f"step {name}")
    columns = {column: Column(classes=names) for column, names in _CLASSES.items()}
    context = Context(seed=3, salt="salt", columns=columns)
    before = frame.copy(deep=True)
    outcome = step.apply(frame, context)
    expect(frame.equals(before), f"{name} must leave the frame as it was")
    made = outcome.frame
    expect(made["id"].is_unique, f"{name} must give each row once")
    expect(set(made["id"]) <= set(frame["id"]), f"{name} must give rows it was given")
    missing = set(frame.columns) - set(made.columns)
    expect(not missing, f"{name} must hand on the columns. It leaves out {missing}")
    shuffled = frame.sample(frac=1.0, random_state=0)
    other = step.apply(shuffled.reset_index(drop=True), context)
    expect(
        _sorted(outcome).equals(_sorted(other)),
        f"{name} must not depend on the order of the rows",
    )


def _sorted(outcome: Outcome) -> pd.DataFrame:
    return outcome.frame.sort_values("id", ignore_index=True)


def _rows(count: int = 200) -> pd.DataFrame:
    rng = np.random.default_rng(0)
    names = [f"{number}.png" for number in range(count)]
    return pd.DataFrame(
        {
            "id": names,
            "path": names,
            "sha256": [f"{number:064x}" for number in range(count)],
            "age": rng.integers(1, 81, count).astype(float),
            "kind": rng.choice(_CLASSES["kind"], count),
            "tribe": rng.choice(_CLASSES["tribe"], count, p=[0.7, 0.3]),
            "split": "",
            "stratum": "",
        }
    )
