"""Hugging Face's ViTForImageClassification on PyTorch."""

from vit_peers import CLASSES, SIDE
from vit_peers._torch import any_torchvision, stepper

with any_torchvision():
    from transformers import ViTConfig, ViTForImageClassification


def make(shape: dict, batch: int, way: str, bfloat16: bool):
    """See the package."""
    config = ViTConfig(
        image_size=SIDE,
        patch_size=shape["patch_size"],
        hidden_size=shape["width"],
        num_hidden_layers=shape["depth"],
        num_attention_heads=shape["heads"],
        intermediate_size=4 * shape["width"],
        num_labels=CLASSES,
    )
    model = ViTForImageClassification(config)
    return stepper(model, lambda run, x: run(x).logits, batch, way, bfloat16)
