"""`ViTForImageClassification`, `ViTModel` and DINO's ViTs, as transformers stores them.

Names as in transformers' `modeling_vit.py` (classic names, which its files keep).
"""

from kpoc.models.checkpoints.dialects._common import (
    DENSE,
    NORM,
    classes,
    fused,
    pairs,
    square,
)

NAMES = "vit (ViTForImageClassification, ViTModel, DINO)"
ignored = r"embeddings\.mask_token|pooler\.dense\.(weight|bias)"
prefixed = False
squeezed = r"(?!)"


def speaks(config):
    """See the package."""
    return config.get("model_type") == "vit"


def prefixes(config):
    """See the package."""
    return ("vit.",)


def arguments(config, names):
    """See the package."""
    return {
        "image_size": square(config),
        "patch_size": config["patch_size"],
        "width": config["hidden_size"],
        "depth": config["num_hidden_layers"],
        "heads": config["num_attention_heads"],
        "mlp_width": config["intermediate_size"],
        "activation": config.get("hidden_act", "gelu"),
        "epsilon": config.get("layer_norm_eps", 1e-12),
        "qkv_bias": config.get("qkv_bias", True),
        "num_classes": classes(config) if "classifier.weight" in names else None,
    }


def tensors(vit_config):
    """See the package."""
    found = {
        "class_token": "embeddings.cls_token",
        "positions/position_embedding": "embeddings.position_embeddings",
        **pairs("patches", "embeddings.patch_embeddings.projection", DENSE),
        **pairs("norm", "layernorm", NORM),
    }
    for index in range(vit_config["depth"]):
        ours, theirs = f"block_{index}", f"encoder.layer.{index}"
        attention = f"{theirs}.attention.attention"
        found |= {
            **pairs(f"{ours}/attention_norm", f"{theirs}.layernorm_before", NORM),
            **fused(
                f"{ours}/attention/qkv",
                [f"{attention}.{name}" for name in ("query", "key", "value")],
                vit_config["qkv_bias"],
            ),
            **pairs(
                f"{ours}/attention/projection",
                f"{theirs}.attention.output.dense",
                DENSE,
            ),
            **pairs(f"{ours}/mlp_norm", f"{theirs}.layernorm_after", NORM),
            **pairs(f"{ours}/hidden", f"{theirs}.intermediate.dense", DENSE),
            **pairs(f"{ours}/out", f"{theirs}.output.dense", DENSE),
        }
    if vit_config["pooling"] == "pooler":
        found |= pairs("pooler", "pooler.dense", DENSE)
    if vit_config["num_classes"] is not None:
        found |= pairs("classifier", "classifier", DENSE)
    return found


def fits(vit_config):
    """Why a ViT cannot be written in this dialect, or None."""
    if vit_config["pre_norm"] or vit_config["layer_scale"] is not None:
        return "it has a norm before the blocks or layer scale"
    if vit_config["num_classes"] is not None and vit_config["pooling"] != "token":
        return "its classifier does not take the class token"
    return None


def config_json(vit_config):
    """See the package."""
    labels = vit_config["num_classes"]
    return {
        "model_type": "vit",
        "architectures": [
            "ViTModel" if labels is None else "ViTForImageClassification"
        ],
        "image_size": vit_config["image_size"][0],
        "patch_size": vit_config["patch_size"],
        "num_channels": 3,
        "hidden_size": vit_config["width"],
        "num_hidden_layers": vit_config["depth"],
        "num_attention_heads": vit_config["heads"],
        "intermediate_size": vit_config["mlp_width"],
        "hidden_act": vit_config["activation"],
        "layer_norm_eps": vit_config["epsilon"],
        "qkv_bias": vit_config["qkv_bias"],
        "pooler_output_size": vit_config["width"],
        "pooler_act": "tanh",
    }
