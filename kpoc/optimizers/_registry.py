"""Optimizers by the names that recipes use; each file of the room enters its own."""

import difflib
import functools
import importlib
import pkgutil

import keras

_CLASSES = {}


def register(name):
    """Decorator that enters an optimizer under the name that recipes use.

    Args:
        name: The name, in lower case.

    Returns:
        A decorator for a class.

    Raises:
        ValueError: the name is taken, or is not in lower case.

    Example:
        >>> @register("plain_sgd")
        ... class PlainSGD(keras.optimizers.SGD):
        ...     pass
        >>> type(get("plain_sgd")).__name__
        'PlainSGD'
        >>> del _CLASSES["plain_sgd"]
    """
    if name != name.lower():
        raise ValueError(f"`name` must be in lower case. Received: {name!r}")

    def enter(cls):
        if taken := _CLASSES.get(name) or _keras_optimizers().get(name):
            raise ValueError(
                f"`name` must be new among optimizers. Received: {name!r}, which "
                f"{taken.__module__} has registered"
            )
        _CLASSES[name] = cls
        return cls

    return enter


def find(package, path):
    """Imports the modules of this room and gives their optimizers by class name."""
    for module in pkgutil.iter_modules(path):
        importlib.import_module(f"{package}.{module.name}")
    return {cls.__name__: cls for cls in _CLASSES.values()}


def names():
    """The names of all registered optimizers, sorted."""
    return sorted(_CLASSES)


def get(identifier, **arguments):
    """An optimizer by its name in any case, config, or as it is.

    Args:
        identifier: a name ("sing", "lars", "adam", "adamw", "sgd", ... whatever
            `kpoc.optimizers` and `keras.optimizers` have), a config as
            `keras.optimizers.serialize` gives it, or an optimizer.
        **arguments: passed to the class, for a name.

    Returns:
        A `keras.optimizers.Optimizer`.

    Raises:
        ValueError: if nothing has this name; the message lists the near ones.

    Example:
        >>> from kpoc import optimizers
        >>> optimizers.get("sing", weight_decay=0.05).get_config()["weight_decay"]
        0.05
        >>> type(optimizers.get("adamw", learning_rate=1e-4)).__name__
        'AdamW'
    """
    if not isinstance(identifier, str):
        if arguments:
            raise ValueError(
                "`arguments` go with a name, not with a config or an optimizer. "
                f"Received: identifier={identifier!r}, arguments={arguments}"
            )
        return keras.optimizers.get(identifier)
    named = _keras_optimizers() | _CLASSES
    name = identifier.lower()
    if name not in named:
        near = difflib.get_close_matches(name, named, n=3)
        said = " or ".join(f"`{one}`" for one in near)
        hint = f"Did you mean {said}?" if near else f"Valid: {sorted(named)}."
        raise ValueError(
            f"`optimizer` must be a known optimizer. {hint} Received: {identifier!r}"
        )
    return named[name](**arguments)


@functools.cache
def _keras_optimizers():
    return {
        name.lower(): value
        for name, value in vars(keras.optimizers).items()
        if isinstance(value, type)
        and issubclass(value, keras.optimizers.Optimizer)
        and name != "Optimizer"
    }
