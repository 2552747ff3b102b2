"""Losses that suit what the head of a target gives, by the target's kind."""

import sys

_REGRESSION = (
    "dense",
    "huber",
    "log_cosh",
    "mae",
    "mape",
    "mean_absolute_error",
    "mean_absolute_percentage_error",
    "mean_squared_error",
    "mean_squared_logarithmic_error",
    "mse",
    "msle",
)
# of one logit or of one for each class
_CLASSES = ("focal", "ldam", "lmf")
_BINARY = (
    *_CLASSES,
    "binary_crossentropy",
    "binary_focal_crossentropy",
    "hinge",
    "squared_hinge",
)
# labels are codes, not one-hot
_CATEGORICAL = (*_CLASSES, "sparse_categorical_crossentropy")

LOSS_NAMES = {
    "regression": _REGRESSION,
    "binary": _BINARY,
    "categorical": _CATEGORICAL,
}
"""Names of `kpoc.losses.get` that a recipe may give a target."""


def loss_names(kind: str) -> list[str]:
    """Names of losses for a kind of target, those of plug-ins too.

    Args:
        kind: `regression`, `binary` or `categorical`.
    """
    # the shelf is Keras: if nobody has loaded it, nobody has registered there
    shelf = sys.modules.get("kpoc.losses._registry")
    return [*LOSS_NAMES[kind], *(shelf.suited(kind) if shelf else ())]
