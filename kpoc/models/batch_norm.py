"""Batch normalisation whose training step is one TensorFlow kernel.

Keras 3 puts a training step of it together from operations that each read the whole
tensor. TensorFlow has a kernel for all of them and one for their gradient:
`benchmarks/batch_norm.py` measures what that saves.
"""

from __future__ import annotations

import keras
from keras import ops


# Its name is Keras' own: in weight files a layer without a name goes by its class.
@keras.saving.register_keras_serializable(package="kpoc")
class BatchNormalization(keras.layers.BatchNormalization):
    """`keras.layers.BatchNormalization`, in training by TensorFlow's fused kernel.

    ```
    y = gamma (x - mean) / sqrt(variance + epsilon) + beta
    moving <- momentum moving + (1 - momentum) statistic
    ```

    with the mean and the biased variance over all but the channels in training, as
    Keras has it (the kernel reports the unbiased one). Arguments, variables, results
    and errors are those of Keras' layer. What the kernel does not take is left to
    Keras: inference and frozen layers, inputs that are not (B, H, W, C), masks,
    variables that are not float32, statistics shared by replicas, renormalisation,
    other backends; and what XLA compiles, whose version of the kernel loses the
    variance of channels that lie far from 0.

    Example:
        >>> import numpy as np
        >>> layer = BatchNormalization(momentum=0.5)
        >>> images = np.arange(4.0, dtype="float32").reshape(1, 2, 2, 1)
        >>> normal = np.asarray(layer(images, training=True), "float64")
        >>> normal.ravel().round(3).tolist()
        [-1.341, -0.447, 0.447, 1.341]
        >>> float(layer.moving_mean[0]), float(layer.moving_variance[0])
        (0.75, 1.125)

    Source: Ioffe & Szegedy 2015, arXiv:1502.03167, algorithm 1.
    """

    def call(self, inputs, training=None, mask=None):
        if not (training and self.trainable and mask is None and self._fits(inputs)):
            return super().call(inputs, training=training, mask=mask)
        import tensorflow as tf

        # Keras' own choice: half precision overflows
        inputs = ops.cast(inputs, "float32")
        channels = inputs.shape[-1]
        outputs, mean, unbiased, *_ = tf.raw_ops.FusedBatchNormV3(
            x=inputs,
            scale=self.gamma if self.scale else tf.ones(channels),
            offset=self.beta if self.center else tf.zeros(channels),
            mean=tf.zeros(0),
            variance=tf.zeros(0),
            epsilon=self.epsilon,
            is_training=True,
        )
        count = tf.cast(tf.size(inputs) // channels, "float32")
        variance = unbiased * (tf.maximum(count - 1.0, 1.0) / count)
        for moving, statistic in (
            (self.moving_mean, mean),
            (self.moving_variance, variance),
        ):
            moving.assign(moving * self.momentum + statistic * (1.0 - self.momentum))
        return ops.cast(outputs, self.compute_dtype)

    def _fits(self, inputs) -> bool:
        return (
            keras.backend.backend() == "tensorflow"
            and len(inputs.shape) == 4
            and self.axis in (-1, 3)
            and self.variable_dtype == "float32"
            and not (self.synchronized or self.renorm)
            and not _compiles_with_xla()
        )


def _compiles_with_xla() -> bool:
    import tensorflow as tf
    from tensorflow.python.ops import control_flow_util

    graph = tf.compat.v1.get_default_graph()
    return control_flow_util.GraphOrParentsInXlaContext(graph)


def fuse_batch_norms(model: keras.Model) -> keras.Model:
    """Gives the batch norms inside a model, at any depth, the fused training step.

    The model keeps its variables, names and results; saved, it holds
    `kpoc>BatchNormalization`.

    Args:
        model: A model, which is changed.

    Returns:
        The same model.

    Example:
        >>> model = keras.Sequential([keras.layers.BatchNormalization()])
        >>> type(fuse_batch_norms(model).layers[0]).__module__
        'kpoc.models.batch_norm'
    """
    for layer in model._flatten_layers(include_self=False):
        # subclasses may compute something else
        if type(layer) is keras.layers.BatchNormalization:
            layer.__class__ = BatchNormalization
    return model
