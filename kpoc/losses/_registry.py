"""Losses by the short names that recipes use."""

import difflib
import functools
import inspect
import re

import keras

from kpoc.losses.dense_loss import DenseLoss
from kpoc.losses.dino import DINOLoss
from kpoc.losses.focal import SparseCategoricalFocalCrossentropy
from kpoc.losses.ldam import LDAMLoss
from kpoc.losses.lmf import LMFLoss
from kpoc.losses.nt_xent import NTXentLoss

_OWN = {
    "dense": DenseLoss,
    "dino": DINOLoss,
    "focal": SparseCategoricalFocalCrossentropy,
    "ldam": LDAMLoss,
    "lmf": LMFLoss,
    "nt_xent": NTXentLoss,
}
_KINDS = {}
_KERAS_SHORT = {
    "mae": keras.losses.MeanAbsoluteError,
    "mse": keras.losses.MeanSquaredError,
    "mape": keras.losses.MeanAbsolutePercentageError,
    "msle": keras.losses.MeanSquaredLogarithmicError,
}


def _snake(name):
    words = r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])"
    return re.sub(words, "_", name).lower()


def _keras_losses():
    classes = {
        _snake(name): value
        for name, value in vars(keras.losses).items()
        if inspect.isclass(value)
        and issubclass(value, keras.losses.Loss)
        and value is not keras.losses.Loss
    }
    return classes | _KERAS_SHORT


def register(name, *, kinds):
    """Registers a loss of one's own under a short name.

    Args:
        name: What recipes call it.
        kinds: Kinds of the targets that it suits: some of `"regression"`, `"binary"`
            (labels 0 and 1, one logit), `"categorical"` (codes, a logit a class).

    Returns:
        Decorator of a subclass of `keras.losses.Loss`. If it has a class method
        `from_data(labels, num_classes, **options)`, this makes it of the training
        labels; else its constructor does.

    Raises:
        ValueError: the name is taken.

    Example:
        >>> @losses.register("absolute", kinds=["regression"])  # doctest: +SKIP
        ... class Absolute(keras.losses.Loss):
        ...     def call(self, y_true, y_pred):
        ...         return keras.ops.abs(y_true - y_pred)
    """

    def enter(loss):
        if name in _OWN or name in _keras_losses():
            raise ValueError(f"`name` of a loss must be new. Received: name={name!r}")
        _OWN[name], _KINDS[name] = loss, frozenset(kinds)
        return loss

    return enter


def suited(kind):
    """Names of the registered losses that suit a kind of target, sorted.

    Args:
        kind: `"regression"`, `"binary"` or `"categorical"`.
    """
    return sorted(name for name, kinds in _KINDS.items() if kind in kinds)


def get(name):
    """Returns what makes the loss of a short name: `get(name)(**options)`.

    Args:
        name: `"lmf"`, `"ldam"`, `"focal"`, `"dense"`, `"nt_xent"` or `"dino"`, or a
            loss of Keras in snake case (`"mae"`, `"mse"`, `"huber"`,
            `"binary_crossentropy"`, ...).

    Returns:
        The class; losses that need facts of the training data have a `from_data`. A
        Keras loss with the option `from_logits` comes with `from_logits=True`, unlike
        in Keras: models here give logits.

    Raises:
        ValueError: there is no such loss; the message lists near names.

    Example:
        >>> get("ldam").__name__
        'LDAMLoss'
        >>> get("binary_crossentropy")().get_config()["from_logits"]
        True
    """
    if name in _OWN:
        return _OWN[name]
    known = _keras_losses()
    if name not in known:
        names = [*_OWN, *known]
        near = difflib.get_close_matches(str(name), names, n=5, cutoff=0.5)
        raise ValueError(
            f"`name` must be a known loss, such as {near or sorted(_OWN)}. Received: "
            f"name={name!r}"
        )
    if "from_logits" in inspect.signature(known[name]).parameters:
        return functools.partial(known[name], from_logits=True)
    return known[name]
