"""Hugging Face's TFViTForImageClassification, in its environment (make tfvit)."""

import tensorflow as tf
import tf_keras
from transformers import TFViTForImageClassification, ViTConfig

from vit_peers import CLASSES, SIDE
from vit_peers._keras import stepper


class _Logits(tf_keras.Model):
    """Images with the channels last in, logits out."""

    def __init__(self, inner):
        super().__init__()
        self.inner = inner

    def call(self, images, training=False):
        images = tf.transpose(images, (0, 3, 1, 2))
        return self.inner(pixel_values=images, training=training).logits


def make(shape: dict, batch: int, way: str, bfloat16: bool):
    """See the package."""
    if bfloat16:
        tf_keras.mixed_precision.set_global_policy("mixed_bfloat16")
    config = ViTConfig(
        image_size=SIDE,
        patch_size=shape["patch_size"],
        hidden_size=shape["width"],
        num_hidden_layers=shape["depth"],
        num_attention_heads=shape["heads"],
        intermediate_size=4 * shape["width"],
        num_labels=CLASSES,
    )
    model = _Logits(TFViTForImageClassification(config))
    return stepper(tf_keras, model, batch, way.startswith("XLA"))
