"""Losses by the short names that recipes use; each file of the room enters its own."""

import difflib
import functools
import importlib
import inspect
import pkgutil
import re

import keras

KINDS = ("regression", "binary", "categorical")
_CLASSES = {}
_SUITS = {}
_KERAS_SHORT = {
    "mae": keras.losses.MeanAbsoluteError,
    "mse": keras.losses.MeanSquaredError,
    "mape": keras.losses.MeanAbsolutePercentageError,
    "msle": keras.losses.MeanSquaredLogarithmicError,
}


def register(name, kinds=()):
    """Decorator that enters a loss under the short name that recipes use.

    Args:
        name: The short name; a name of Keras' own may not be taken.
        kinds: The kinds of targets whose outputs and labels it takes, of
            `"regression"`, `"binary"` (one logit) and `"categorical"` (one logit for
            each class; labels are codes). Without any, recipes can't give it to a
            target. Written out, so that a recipe can be checked without Keras.

    Returns:
        A decorator for a class. A `from_data(labels, num_classes, **options)` of it
        makes the loss with what it needs of the training labels.

    Raises:
        ValueError: the name is taken, or a kind is none.

    Example:
        >>> @register("half_mse", kinds=("regression",))
        ... class HalfMeanSquaredError(keras.losses.MeanSquaredError):
        ...     def call(self, y_true, y_pred):
        ...         return 0.5 * super().call(y_true, y_pred)
        >>> get("half_mse").__name__
        'HalfMeanSquaredError'
        >>> del _CLASSES["half_mse"], _SUITS["half_mse"]
    """
    if wrong := [kind for kind in kinds if kind not in KINDS]:
        raise ValueError(f"`kinds` must be some of {KINDS}. Received: {wrong}")

    def enter(cls):
        if taken := _CLASSES.get(name) or _keras_losses().get(name):
            raise ValueError(
                f"`name` must be new among losses. Received: {name!r}, which "
                f"{taken.__module__} has registered"
            )
        _CLASSES[name] = cls
        _SUITS[name] = tuple(kinds)
        return cls

    return enter


def find(package, path):
    """Imports the modules of this room and gives their losses by class name."""
    for module in pkgutil.iter_modules(path):
        importlib.import_module(f"{package}.{module.name}")
    return {cls.__name__: cls for cls in _CLASSES.values()}


def suited(kind):
    """Names of the registered losses that suit targets of a kind."""
    return [name for name, kinds in _SUITS.items() if kind in kinds]


def kinds_of(name):
    """The kinds of targets that a registered loss suits."""
    return _SUITS[name]


def names():
    """The short names of all registered losses, sorted."""
    return sorted(_CLASSES)


def _snake(name):
    words = r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])"
    return re.sub(words, "_", name).lower()


@functools.cache
def _keras_losses():
    classes = {
        _snake(name): value
        for name, value in vars(keras.losses).items()
        if inspect.isclass(value)
        and issubclass(value, keras.losses.Loss)
        and value is not keras.losses.Loss
    }
    return classes | _KERAS_SHORT


def get(name):
    """Returns what makes the loss of a short name: `get(name)(**options)`.

    Args:
        name: `"lmf"`, `"ldam"`, `"focal"`, `"dense"`, `"nt_xent"`, `"dino"` or another
            that was given to `register`, or a loss of Keras in snake case (`"mae"`,
            `"mse"`, `"huber"`, `"binary_crossentropy"`, ...).

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
    if name in _CLASSES:
        return _CLASSES[name]
    known = _keras_losses()
    if name not in known:
        near = difflib.get_close_matches(str(name), [*_CLASSES, *known], n=3)
        said = " or ".join(f"`{one}`" for one in near)
        hint = f"Did you mean {said}?" if near else f"Valid: {names()} and Keras' own."
        raise ValueError(f"`loss` must be a known loss. {hint} Received: {name!r}")
    if "from_logits" in inspect.signature(known[name]).parameters:
        return functools.partial(known[name], from_logits=True)
    return known[name]
