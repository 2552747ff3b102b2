"""timm's plain ViTs: a config.json with `architecture` and timm's names.

Names as in timm's `vision_transformer.py`. Read only.
"""

import re

from kpoc.models.checkpoints.dialects._common import DENSE, NORM, pairs
from kpoc.models.vit.variants import SIZES

NAMES = "timm's vit_{tiny,small,base,large}_patch{8,14,16,32}_*"
ignored = r"mask_token"

_ARCHITECTURE = re.compile(r"vit_(tiny|small|base|large)_patch(\d+)_(.*)")
_POOLINGS = {"token": "token", "avg": "mean"}
_IMAGENET_MEAN, _IMAGENET_STD = [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]
_SIZE = {"tiny": "Ti", "small": "S", "base": "B", "large": "L"}


def speaks(config):
    """See the package."""
    return bool(_ARCHITECTURE.match(str(config.get("architecture"))))


def prefixes(config):
    """See the package."""
    return ("model.",)


def arguments(config, names):
    """See the package.

    What the name of an architecture says may be changed by `model_args`.
    """
    size, patch, _ = _ARCHITECTURE.match(config["architecture"]).groups()
    width, depth, heads = SIZES[_SIZE[size]]
    changed, pretrained = config.get("model_args", {}), _pretrained(config)
    clip = "norm_pre.weight" in names
    classes = config.get("num_classes", pretrained.get("num_classes"))
    width = changed.get("embed_dim", width)
    return {
        "image_size": changed.get("img_size", _side(pretrained)),
        "patch_size": changed.get("patch_size", int(patch)),
        "width": width,
        "depth": changed.get("depth", depth),
        "heads": changed.get("num_heads", heads),
        "mlp_width": int(width * changed.get("mlp_ratio", 4)),
        "activation": "quick_gelu" if "quickgelu" in config["architecture"] else "gelu",
        "epsilon": 1e-5 if clip else 1e-6,
        "qkv_bias": "blocks.0.attn.qkv.bias" in names,
        "patch_bias": "patch_embed.proj.bias" in names,
        "pre_norm": clip,
        "layer_scale": 1.0 if "blocks.0.ls1.gamma" in names else None,
        "pooling": _pooling(config),
        "num_classes": classes if "head.weight" in names else None,
    }


def preprocessing(config):
    """See the package."""
    pretrained = _pretrained(config)
    side = _side(pretrained)
    return {
        "image_mean": pretrained.get("mean", _IMAGENET_MEAN),
        "image_std": pretrained.get("std", _IMAGENET_STD),
        "size": {"height": side, "width": side},
        "resample": {"bicubic": 3}.get(pretrained.get("interpolation"), 2),
    }


def _pretrained(config):
    # older files have it all on one level
    return config.get("pretrained_cfg", config)


def _side(pretrained):
    return pretrained.get("input_size", [3, 224, 224])[-1]


def _pooling(config):
    pooling = config.get("global_pool", "token")
    if pooling not in _POOLINGS:
        raise ValueError(
            f"`global_pool` must be one of {list(_POOLINGS)}. Received: {pooling!r}"
        )
    return _POOLINGS[pooling]


def tensors(vit_config):
    """See the package."""
    found = {
        "class_token": "cls_token",
        "positions/position_embedding": "pos_embed",
        "patches/kernel": "patch_embed.proj.weight",
        **pairs("norm", "norm", NORM),
    }
    if vit_config["patch_bias"]:
        found["patches/bias"] = "patch_embed.proj.bias"
    if vit_config["pre_norm"]:
        found |= pairs("input_norm", "norm_pre", NORM)
    for index in range(vit_config["depth"]):
        ours, theirs = f"block_{index}", f"blocks.{index}"
        found |= {
            **pairs(f"{ours}/attention_norm", f"{theirs}.norm1", NORM),
            f"{ours}/attention/qkv/kernel": f"{theirs}.attn.qkv.weight",
            **pairs(f"{ours}/attention/projection", f"{theirs}.attn.proj", DENSE),
            **pairs(f"{ours}/mlp_norm", f"{theirs}.norm2", NORM),
            **pairs(f"{ours}/hidden", f"{theirs}.mlp.fc1", DENSE),
            **pairs(f"{ours}/out", f"{theirs}.mlp.fc2", DENSE),
        }
        if vit_config["qkv_bias"]:
            found[f"{ours}/attention/qkv/bias"] = f"{theirs}.attn.qkv.bias"
        if vit_config["layer_scale"] is not None:
            found[f"{ours}/attention_scale/gamma"] = f"{theirs}.ls1.gamma"
            found[f"{ours}/mlp_scale/gamma"] = f"{theirs}.ls2.gamma"
    if vit_config["num_classes"] is not None:
        found |= pairs("classifier", "head", DENSE)
    return found
