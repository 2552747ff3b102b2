"""A training step of a Keras model, Keras 3's or tf_keras'."""

import numpy as np
import tensorflow as tf

from vit_peers import CLASSES, LEARNING_RATE, SIDE, WEIGHT_DECAY


def stepper(keras, model, batch: int, jit: bool):
    """What makes one step of a model that takes NHWC images and gives logits."""
    model.compile(
        keras.optimizers.AdamW(LEARNING_RATE, weight_decay=WEIGHT_DECAY),
        keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        jit_compile=jit,
    )
    rng = np.random.default_rng(0)
    images = tf.constant(rng.normal(size=(batch, SIDE, SIDE, 3)).astype("float32"))
    labels = tf.constant(rng.integers(0, CLASSES, batch))
    return lambda: model.train_on_batch(images, labels)
