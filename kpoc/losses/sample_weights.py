"""The `sample_weight` dict of a model with several outputs."""

from collections.abc import Mapping

import keras
import numpy as np
from keras import ops

from kpoc.losses.class_weights import check_class_weights
from kpoc.losses.dense_weight import DenseWeight


class SampleWeights:
    """Turns targets into the `sample_weight` dict that `fit` takes.

    Keras refuses `class_weight` for a model with several outputs; it takes a dict of
    sample weights by output name. This looks them up, in arrays before `fit` or inside
    of `tf.data.Dataset.map`. With `reduction="mean_with_sample_weight"` a loss is
    divided by the weights of the batch, with Keras' default by its rows.

    In `tf.data`, tensors belong to TensorFlow: there the look-up needs Keras'
    TensorFlow backend. With another backend, weigh the arrays.

    Args:
        weights: By output name, a fitted `kpoc.losses.DenseWeight`, or one weight a
            class `(K,)` (see `kpoc.losses.class_weights`), or `None`. Outputs that are
            not named here weigh 1.

    Call arguments:
        targets: By output name, arrays or tensors of regression targets or of integer
            labels, `(batch,)` or `(batch, 1)`, or one element `()` or `(1,)`.

    Returns:
        By output name, float32 weights `(batch,)`, or one element. Labels out of range
        and NaN raise for arrays; a graph gives NaN for such a label.

    Raises:
        ValueError: `weights` names outputs that `targets` has not, or holds something
            else than the above.

    Example:
        >>> import numpy as np
        >>> weigh = SampleWeights({"gender": [1.0, 3.0]})
        >>> y = {"age": np.array([20.0, 60.0]), "gender": np.array([1, 0])}
        >>> {name: w.tolist() for name, w in weigh(y).items()}
        {'age': [1.0, 1.0], 'gender': [3.0, 1.0]}

        In a pipeline: `dataset.map(lambda x, y: (x, y, weigh(y)))`.
    """

    def __init__(self, weights):
        if not isinstance(weights, Mapping):
            raise ValueError(
                "`weights` must be a dict by output name. Received: "
                f"weights={weights!r}"
            )
        self.weights = {
            name: given
            if given is None or isinstance(given, DenseWeight)
            else check_class_weights(given)
            for name, given in weights.items()
        }

    def __call__(self, targets):
        if not isinstance(targets, Mapping):
            raise ValueError(
                "`targets` must be a dict by output name. Received: "
                f"{type(targets).__name__}"
            )
        unknown = sorted(set(self.weights) - set(targets))
        if unknown:
            raise ValueError(
                f"`weights` must name outputs among {sorted(targets)}. Received: "
                f"{unknown}"
            )
        return {name: self._weigh(name, y) for name, y in targets.items()}

    def _weigh(self, name, y):
        given = self.weights.get(name)
        if ops.is_tensor(y):
            return _in_graph(name, given, y)
        if type(y).__module__.startswith("tensorflow"):
            raise ValueError(
                "`targets` that are TensorFlow tensors need Keras' TensorFlow backend; "
                "weigh the arrays before making the dataset. Received: "
                f"targets[{name!r}]={y!r} with the {keras.backend.backend()} backend"
            )
        return _in_arrays(name, given, np.asarray(y))


def _in_arrays(name, given, y):
    if y.ndim > 1 and y.shape[-1] == 1:
        y = y[..., 0]
    if given is None:
        return np.ones(y.shape, dtype="float32")
    if isinstance(given, DenseWeight):
        return given(y).astype("float32")
    _require_labels(name, y)
    bad = ~((y >= 0) & (y < len(given)) & (y == np.floor(y)))
    if bad.any():
        raise ValueError(
            f"`targets[{name!r}]` must hold labels from 0 to {len(given) - 1}. "
            f"Received: {np.unique(y[bad]).tolist()[:5]}"
        )
    return given[y.astype(np.int64)].astype("float32")


def _require_labels(name, y):
    """Class weights are looked up by one integer a row, not by words or one-hot."""
    kind = getattr(getattr(y, "dtype", None), "kind", "i")
    if len(y.shape) > 1 or kind in "USMm":
        raise ValueError(
            f"`targets[{name!r}]` must hold one integer label a row, (batch,) or "
            f"(batch, 1), to be weighed by class. Received: shape {tuple(y.shape)}, "
            f"dtype {y.dtype}"
        )


def _in_graph(name, given, y):
    if len(y.shape) > 1 and y.shape[-1] == 1:
        y = ops.squeeze(y, axis=-1)
    if given is None:
        return ops.ones_like(y, dtype="float32")
    if isinstance(given, DenseWeight):
        return given.lookup(ops.cast(y, "float32"))
    _require_labels(name, y)
    label = ops.cast(y, "int32")
    # NaN and fractions become some label
    whole = ops.equal(ops.cast(label, "float32"), ops.cast(y, "float32"))
    valid = ops.logical_and(whole, ops.logical_and(label >= 0, label < len(given)))
    found = ops.take(
        ops.convert_to_tensor(given, dtype="float32"),
        ops.clip(label, 0, len(given) - 1),
    )
    return ops.where(valid, found, float("nan"))
