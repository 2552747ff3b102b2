"""timm's VisionTransformer on PyTorch."""

from vit_peers import CLASSES, SIDE
from vit_peers._torch import any_torchvision, stepper

with any_torchvision():
    from timm.models.vision_transformer import VisionTransformer


def make(shape: dict, batch: int, way: str, bfloat16: bool):
    """See the package."""
    model = VisionTransformer(
        img_size=SIDE,
        patch_size=shape["patch_size"],
        embed_dim=shape["width"],
        depth=shape["depth"],
        num_heads=shape["heads"],
        num_classes=CLASSES,
    )
    return stepper(model, lambda run, x: run(x), batch, way, bfloat16)
