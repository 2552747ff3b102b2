"""Makes timm_vit.npz and the folders timm_*: what timm itself says of tiny ViTs.

    python tests/reference/make_timm.py

Needs timm, PyTorch and torchvision, which kpoc does not; the tests read the files. The
weights are random, biases and norms too, so that nothing is hidden by a zero or a one.
"""

import json
from pathlib import Path

import numpy as np
import torch
from torch import library

try:
    # a torchvision built for CUDA beside a CPU build of PyTorch lacks these operators
    _SCHEMAS = library.Library("torchvision", "DEF")
    _SCHEMAS.define("nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
    _SCHEMAS.define(
        "qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
    )
    import timm
except RuntimeError:
    # a torchvision that fits brings its own
    del _SCHEMAS
    import timm

from timm.models import save_for_hf

HERE = Path(__file__).parent
TINY = {"img_size": 32, "patch_size": 8, "embed_dim": 24, "depth": 2, "num_heads": 3}
CASES = {
    "plain": ("vit_tiny_patch16_224", {"num_classes": 5}),
    "clip": ("vit_base_patch16_clip_quickgelu_224", {"num_classes": 5}),
    "dinov2": ("vit_small_patch14_dinov2", {"num_classes": 0}),
    "no_bias": ("vit_base_patch16_224", {"num_classes": 0, "qkv_bias": False}),
    "mean": (
        "vit_base_patch16_224",
        {"num_classes": 5, "global_pool": "avg", "fc_norm": False},
    ),
}


def make(name: str, case: str, options: dict, generator: torch.Generator) -> dict:
    """Writes the folder of one model; gives its inputs and outputs."""
    model = timm.create_model(name, pretrained=False, **TINY, **options).eval()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.copy_(torch.randn(parameter.shape, generator=generator) * 0.2)
    save_for_hf(model, HERE / f"timm_{case}", safe_serialization=True)
    states = []
    model.blocks[0].register_forward_pre_hook(lambda _, x: states.append(x[0]))
    for block in model.blocks:
        block.register_forward_hook(lambda _, x, y: states.append(y))
    pixels = torch.randn((2, 3, 32, 32), generator=generator)
    with torch.no_grad():
        outputs = model(pixels)
        tokens = model.forward_features(pixels)
    return {
        f"{case}__pixel_values": pixels.numpy(),
        f"{case}__outputs": outputs.numpy(),
        f"{case}__hidden_states": torch.stack(states[: TINY["depth"] + 1]).numpy(),
        f"{case}__tokens": tokens.numpy(),
    }


def main() -> None:
    """Writes everything."""
    generator = torch.Generator().manual_seed(0)
    arrays = {}
    for case, (name, options) in CASES.items():
        arrays |= make(name, case, options, generator)
    np.savez_compressed(HERE / "timm_vit.npz", **arrays)
    about = {
        "command": "python tests/reference/make_timm.py",
        "versions": {"timm": timm.__version__, "torch": torch.__version__},
        "licence": "timm: Apache-2.0; nothing of its weights is here",
        "dtype": "float32",
        "cases": {
            case: {"architecture": name, "model_args": {**TINY, **options}}
            for case, (name, options) in CASES.items()
        },
    }
    (HERE / "timm_vit.json").write_text(json.dumps(about, indent=1) + "\n")


if __name__ == "__main__":
    main()
