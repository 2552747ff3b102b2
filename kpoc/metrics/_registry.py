"""Short names of metrics, as recipes use them."""

import difflib
import functools

import keras

from kpoc.metrics.accuracy import SparseAccuracy
from kpoc.metrics.balanced_accuracy import BalancedAccuracy
from kpoc.metrics.calibration import ExpectedCalibrationError
from kpoc.metrics.cross_entropy import SparseCrossentropy
from kpoc.metrics.f1 import SparseF1Score
from kpoc.metrics.top_k import SparseTopKAccuracy


def _calibration_error(num_classes=None, **arguments):
    # recipes say their number to every metric of classes; this one is the same for all
    return ExpectedCalibrationError(**arguments)


SHORT_NAMES = {
    "accuracy": SparseAccuracy,
    "balanced_accuracy": BalancedAccuracy,
    "cross_entropy": SparseCrossentropy,
    "ece": _calibration_error,
    "macro_f1": functools.partial(SparseF1Score, average="macro"),
    "mae": functools.partial(keras.metrics.MeanAbsoluteError, name="mae"),
    "micro_f1": functools.partial(SparseF1Score, average="micro"),
    "mse": functools.partial(keras.metrics.MeanSquaredError, name="mse"),
    "per_class_f1": functools.partial(SparseF1Score, average=None),
    "rmse": functools.partial(keras.metrics.RootMeanSquaredError, name="rmse"),
    "top3": functools.partial(SparseTopKAccuracy, k=3),
    "weighted_f1": functools.partial(SparseF1Score, average="weighted"),
}


def register(name):
    """Registers a metric of one's own under a short name.

    Args:
        name: What recipes call it.

    Returns:
        Decorator of a subclass of `keras.metrics.Metric`, whose constructor takes
        `name`, and `num_classes` where it is one of classes.

    Raises:
        ValueError: the name is taken.

    Example:
        >>> @metrics.register("absolute_error")  # doctest: +SKIP
        ... class AbsoluteError(keras.metrics.MeanAbsoluteError):
        ...     pass
    """

    def enter(metric):
        if name in _named():
            raise ValueError(f"`name` of a metric must be new. Received: name={name!r}")
        SHORT_NAMES[name] = metric
        return metric

    return enter


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
    named = _named()
    if identifier not in named:
        near = difflib.get_close_matches(identifier, named, n=4, cutoff=0.5)
        raise ValueError(
            "`identifier` must name a metric; near ones: "
            f"{near or sorted(SHORT_NAMES)}. Received: identifier={identifier!r}"
        )
    return named[identifier](**arguments)


def _named():
    return {**_classes(keras.metrics), **_own_classes(), **SHORT_NAMES}


def _own_classes():
    from kpoc import metrics

    return _classes(metrics)


def _classes(module):
    return {
        name: value
        for name, value in vars(module).items()
        if isinstance(value, type) and issubclass(value, keras.metrics.Metric)
    }
