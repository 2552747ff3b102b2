"""What SING and LARS share: decay inside the update, and Keras' own arguments."""

import keras
from keras import ops


def check_arguments(arguments):
    """Raises a ValueError that names all arguments out of their range.

    Args:
        arguments: by name, the value, the rule as the message says it, and whether a
            value keeps to it.
    """
    wrong = []
    for name, (value, rule, fits) in arguments.items():
        try:
            good = fits(value)
        except TypeError:
            good = False
        if not good:
            wrong.append(f"`{name}` must {rule}. Received: {name}={value!r}")
    if wrong:
        raise ValueError("\n".join(wrong))


class PerTensorOptimizer(keras.optimizers.Optimizer):
    """An optimizer that applies its own weight decay inside `update_step`."""

    def _apply_weight_decay(self, variables):
        """Nothing: Keras would decay a second time, in a pass of its own."""

    def compute_dtype(self, variable):
        """The dtype of the update: that of the variable, but at least float32."""
        dtype = keras.backend.standardize_dtype(variable.dtype)
        return dtype if dtype == "float64" else "float32"

    def dense(self, gradient, dtype):
        """The gradient as a dense tensor; TensorFlow gives embeddings' by rows."""
        return ops.cast(ops.convert_to_tensor(gradient), dtype)
