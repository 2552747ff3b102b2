"""Metrics by the short names that recipes use; each file of the room enters its own."""

import difflib
import functools
import importlib
import inspect
import pkgutil

import keras

_MAKERS = {
    "mae": functools.partial(keras.metrics.MeanAbsoluteError, name="mae"),
    "mse": functools.partial(keras.metrics.MeanSquaredError, name="mse"),
    "rmse": functools.partial(keras.metrics.RootMeanSquaredError, name="rmse"),
}
_CLASSES = {}


def register(name, **options):
    """Decorator that enters a metric under the short name that recipes use.

    Args:
        name: The short name.
        **options: What the class is given for this name. Several decorators give one
            class several names.

    Returns:
        A decorator for a class.

    Raises:
        ValueError: the name is taken.

    Example:
        >>> @register("top2", k=2)
        ... class TopTwo(keras.metrics.SparseTopKCategoricalAccuracy):
        ...     pass
        >>> get("top2").k
        2
        >>> del _MAKERS["top2"], _CLASSES["TopTwo"]
    """

    def enter(cls):
        others = _CLASSES | _keras_metrics()
        if taken := _MAKERS.get(name) or others.get(name):
            owner = getattr(taken, "func", taken).__module__
            raise ValueError(
                f"`name` must be new among metrics. Received: {name!r}, which {owner} "
                "has registered"
            )
        _MAKERS[name] = functools.partial(cls, **options) if options else cls
        _CLASSES[cls.__name__] = cls
        return cls

    return enter


def find(package, path):
    """Imports the modules of this room and gives their metrics by class name."""
    for module in pkgutil.iter_modules(path):
        importlib.import_module(f"{package}.{module.name}")
    return dict(_CLASSES)


def names():
    """The short names of all metrics, sorted."""
    return sorted(_MAKERS)


def get(identifier, **arguments):
    """A metric by its short name, class name, config, or as it is.

    Args:
        identifier: a short name ("accuracy", "macro_f1", "balanced_accuracy", "mae",
            ...), the name of a class in `kpoc.metrics` or `keras.metrics`, a config as
            `keras.metrics.serialize` gives it, or a metric.
        **arguments: passed to the class, for a name.

    Returns:
        A `keras.metrics.Metric`.

    Raises:
        ValueError: if nothing has this name; the message lists the near ones.

    Example:
        >>> from kpoc import metrics
        >>> metrics.get("macro_f1", num_classes=4).name
        'macro_f1'
        >>> metrics.get("mae").name
        'mae'
    """
    if not isinstance(identifier, str):
        if arguments:
            raise ValueError(
                "`arguments` go with a name, not with a config or a metric. Received: "
                f"identifier={identifier!r}, arguments={arguments}"
            )
        return keras.metrics.get(identifier)
    return _maker(identifier)(**arguments)


def takes(name, argument):
    """Whether the metric of a name has an argument, such as `num_classes`.

    Args:
        name: as `get` takes it.
        argument: the argument's name.

    Returns:
        A bool.

    Raises:
        ValueError: if nothing has this name.

    Example:
        >>> takes("macro_f1", "num_classes"), takes("ece", "num_classes")
        (True, False)
    """
    return argument in inspect.signature(_maker(name)).parameters


def _maker(name):
    named = {**_keras_metrics(), **_CLASSES, **_MAKERS}
    if name not in named:
        near = difflib.get_close_matches(name, named, n=3)
        said = " or ".join(f"`{one}`" for one in near)
        hint = f"Did you mean {said}?" if near else f"Valid: {names()} and Keras' own."
        raise ValueError(f"`metric` must be a known metric. {hint} Received: {name!r}")
    return named[name]


@functools.cache
def _keras_metrics():
    return {
        name: value
        for name, value in vars(keras.metrics).items()
        if isinstance(value, type) and issubclass(value, keras.metrics.Metric)
    }
