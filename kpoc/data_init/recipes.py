"""Decides what is trained: the method that suits the labels, size, batch and epochs."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from kpoc.batches.targets import encode
from kpoc.data_init.bands import skewness
from kpoc.data_init.columns import CLASS
from kpoc.recipe import Target

if TYPE_CHECKING:
    import pandas as pd

    from kpoc.data_init.plan import Plan
    from kpoc.protocols.manifest import Manifest

IMBALANCED = 2.0
"""Rows of the largest class per row of the smallest, from which on LMF is proposed."""
_SKEWED = 0.5
_LEARNT_WELL = (0.5, 50.0)
"""Standard deviations of a target that Adam at 1e-3 reaches within a few epochs: on
portraits of 1,500 rows and 12 epochs the MAE is 7 of 80 from 5 to 20, 8 to 9 at 0.25,
and 10 at 20,000."""
_SIZES = (32, 48, 64, 96)
_LARGE, _SMALL_BATCH, _LARGE_BATCH = 5_000, 32, 64
_TRAIN_IMAGES, _FEWEST_EPOCHS, _MOST_EPOCHS = 24_000, 10, 20


@dataclass(frozen=True)
class Method:
    """What the new method does to one target.

    Attributes:
        name: What the method is called in the recipe's name.
        loss: Its loss, as a recipe declares it.
        why: The reason, for the reader.
        weight: What the loss weighs beside those of other targets; None for as much as
            the baseline's.
    """

    name: str
    loss: dict[str, Any]
    why: str
    weight: float | None = None


def targets_of(plan: Plan, manifest: Manifest) -> dict[str, dict[str, Any]]:
    """The targets of the baseline, as a recipe declares them.

    Classes are not among it: those of the protocol hold.
    """
    targets = {
        name: _class_target(plan, name) if kind == CLASS else _number(plan, name)
        for name, kind in plan.targets.items()
    }
    if len(targets) > 1:
        train = manifest.rows("train")
        for name, target in targets.items():
            if target["kind"] == "regression":
                learnt = encode(Target.model_validate(target), train[name])
                target["weight"] = float(f"{1 / learnt.std():.2g}")
    return targets


def _class_target(plan: Plan, name: str) -> dict[str, Any]:
    if len(plan.columns[name].classes) == 2:
        kind, loss = "binary", "binary_crossentropy"
    else:
        kind, loss = "categorical", "sparse_categorical_crossentropy"
    metrics = ["macro_f1", "accuracy", "balanced_accuracy"]
    return {"kind": kind, "loss": loss, "metrics": metrics}


def _number(plan: Plan, name: str) -> dict[str, Any]:
    low, high = plan.columns[name].range
    values = plan.frame[name].to_numpy()
    if skewness(values) > _SKEWED and low >= 0:
        transform = "log" if low > 0 else "log1p"
    else:
        narrow, wide = _LEARNT_WELL
        transform = "identity" if narrow <= values.std() <= wide else "min_max"
    return {
        "kind": "regression",
        "transform": transform,
        "range": [low, high],
        "loss": "mae",
        "metrics": ["mae", "rmse"],
    }


def methods_of(plan: Plan, manifest: Manifest) -> dict[str, Method]:
    """The methods, by target: those that suit its labels.

    A target whose classes are balanced keeps its plain loss, unless all targets are
    like that: then focal loss is tried.
    """
    counts = {
        name: manifest.column("train", name).value_counts()
        for name, kind in plan.targets.items()
    }
    uneven = {
        name: (
            _for_imbalance(counts[name], alone=len(plan.targets) == 1)
            if kind == CLASS
            else _for_number()
        )
        for name, kind in plan.targets.items()
        if kind != CLASS or _ratio(counts[name]) >= IMBALANCED
    }
    return uneven or {name: _for_balance(counts[name]) for name in plan.targets}


def _ratio(counts: pd.Series) -> float:
    return counts.max() / counts.min()


def _for_number() -> Method:
    return Method(
        "denseweight",
        {"name": "dense", "loss": "mae", "alpha": 0.25},
        "DenseWeight lets rare values weigh more; alpha says how much more.",
    )


def _for_imbalance(counts: pd.Series, alone: bool) -> Method:
    alpha = 2.5
    why = f"LMF gives rare classes a larger margin: there are {_from_to(counts)}."
    if not alone:
        # results/utkface.md: without it the other targets lose what this one weighs
        why += " Alpha makes the loss that many times larger; weight makes up for it."
    return Method(
        "lmf",
        {"name": "lmf", "alpha": alpha, "beta": 0.05, "gamma": 4.0},
        why,
        None if alone else 1 / alpha,
    )


def _for_balance(counts: pd.Series) -> Method:
    return Method(
        "focal",
        {"name": "focal", "gamma": 2.0},
        "Focal loss looks harder at difficult images. Classes are not rare here: there "
        f"are {_from_to(counts)}.",
    )


def _from_to(counts: pd.Series) -> str:
    most, fewest = counts.max(), counts.min()
    several = f"{most:,} to {fewest:,}" if most > fewest else f"{most:,}"
    return f"{several} train images a class"


def method_name(methods: dict[str, Method]) -> str:
    """One name for the methods of all targets: `lmf_denseweight`."""
    names = {method.name for method in methods.values()}
    return "_".join(sorted(names, key=["focal", "lmf", "denseweight"].index))


def image_size_for(sizes: Sequence[tuple[int, int]]) -> int:
    """The side for training: the median shorter side, up to what a CPU trains well.

    Example:
        >>> image_size_for([(640, 480)]), image_size_for([(28, 28)])
        (96, 32)
    """
    shorter = float(np.median([min(size) for size in sizes]))
    return max([size for size in _SIZES if size <= shorter], default=_SIZES[0])


def budget_for(rows: int) -> dict[str, int]:
    """Batch size and epochs for a number of train rows.

    Small data need more epochs for as many steps.

    Example:
        >>> budget_for(1_500), budget_for(20_000)
        ({'batch_size': 32, 'epochs': 16}, {'batch_size': 64, 'epochs': 10})
    """
    epochs = math.ceil(_TRAIN_IMAGES / rows)
    return {
        "batch_size": _SMALL_BATCH if rows < _LARGE else _LARGE_BATCH,
        "epochs": min(max(epochs, _FEWEST_EPOCHS), _MOST_EPOCHS),
    }
