"""Short names of optimizers, as recipes use them."""

import difflib

import keras

from kpoc.optimizers.lars import LARS
from kpoc.optimizers.sing import SING

_OWN = {"lars": LARS, "sing": SING}


def register(name):
    """Registers an optimizer of one's own.

    Args:
        name: What recipes call it, in lower case.

    Returns:
        Decorator of a subclass of `keras.optimizers.Optimizer`.

    Raises:
        ValueError: the name is taken.

    Example:
        >>> @optimizers.register("plain_sgd")  # doctest: +SKIP
        ... class PlainSGD(keras.optimizers.SGD):
        ...     pass
    """

    def enter(optimizer):
        if name != name.lower() or name in _named():
            raise ValueError(
                "`name` of an optimizer must be new and in lower case. "
                f"Received: name={name!r}"
            )
        _OWN[name] = optimizer
        return optimizer

    return enter


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
    named = _named()
    if identifier.lower() not in named:
        near = difflib.get_close_matches(identifier.lower(), named, n=4, cutoff=0.5)
        raise ValueError(
            "`identifier` must name an optimizer; near ones: "
            f"{near or sorted(named)}. Received: identifier={identifier!r}"
        )
    return named[identifier.lower()](**arguments)


def _named():
    of_keras = {
        name.lower(): value
        for name, value in vars(keras.optimizers).items()
        if isinstance(value, type)
        and issubclass(value, keras.optimizers.Optimizer)
        and name != "Optimizer"
    }
    return of_keras | _OWN
