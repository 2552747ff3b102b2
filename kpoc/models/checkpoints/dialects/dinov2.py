"""`Dinov2Model` and `Dinov2ForImageClassification` of transformers.

Names as in transformers' `modeling_dinov2.py`. Its classifier takes the class token
and the mean of the patches, one after the other.
"""

from kpoc.models.checkpoints.dialects._common import (
    DENSE,
    NORM,
    classes,
    fused,
    pairs,
    square,
)

NAMES = "dinov2 (Dinov2Model, Dinov2ForImageClassification)"
ignored = r"embeddings\.mask_token"
prefixed = False
squeezed = r"(?!)"


def speaks(config):
    """See the package."""
    return config.get("model_type") == "dinov2"


def prefixes(config):
    """See the package."""
    return ("dinov2.",)


def arguments(config, names):
    """See the package."""
    if config.get("use_swiglu_ffn"):
        raise ValueError(
            "SwiGLU layers (use_swiglu_ffn, the giant model) are not there"
        )
    has_classifier = "classifier.weight" in names
    return {
        "image_size": square(config),
        "patch_size": config["patch_size"],
        "width": config["hidden_size"],
        "depth": config["num_hidden_layers"],
        "heads": config["num_attention_heads"],
        "mlp_width": int(config["hidden_size"] * config.get("mlp_ratio", 4)),
        "activation": config.get("hidden_act", "gelu"),
        "epsilon": config.get("layer_norm_eps", 1e-6),
        "qkv_bias": config.get("qkv_bias", True),
        "layer_scale": config.get("layerscale_value", 1.0),
        "pooling": "token_and_mean" if has_classifier else "token",
        "num_classes": classes(config) if has_classifier else None,
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
            **pairs(f"{ours}/attention_norm", f"{theirs}.norm1", NORM),
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
            f"{ours}/attention_scale/gamma": f"{theirs}.layer_scale1.lambda1",
            **pairs(f"{ours}/mlp_norm", f"{theirs}.norm2", NORM),
            **pairs(f"{ours}/hidden", f"{theirs}.mlp.fc1", DENSE),
            **pairs(f"{ours}/out", f"{theirs}.mlp.fc2", DENSE),
            f"{ours}/mlp_scale/gamma": f"{theirs}.layer_scale2.lambda1",
        }
    if vit_config["num_classes"] is not None:
        found |= pairs("classifier", "classifier", DENSE)
    return found


def fits(vit_config):
    """Why a ViT cannot be written in this dialect, or None."""
    if vit_config["layer_scale"] is None or vit_config["pre_norm"]:
        return "it has no layer scale, or a norm before the blocks"
    if vit_config["pooling"] not in ("token", "token_and_mean"):
        return f"its pooling is {vit_config['pooling']!r}"
    if vit_config["num_classes"] is not None and vit_config["pooling"] == "token":
        return "its classifier does not take class token and mean"
    if vit_config["mlp_width"] % vit_config["width"]:
        return "its MLP is no whole number of times as wide"
    return None


def config_json(vit_config):
    """See the package."""
    labels = vit_config["num_classes"]
    return {
        "model_type": "dinov2",
        "architectures": [
            "Dinov2Model" if labels is None else "Dinov2ForImageClassification"
        ],
        "image_size": vit_config["image_size"][0],
        "patch_size": vit_config["patch_size"],
        "num_channels": 3,
        "hidden_size": vit_config["width"],
        "num_hidden_layers": vit_config["depth"],
        "num_attention_heads": vit_config["heads"],
        "mlp_ratio": vit_config["mlp_width"] // vit_config["width"],
        "hidden_act": vit_config["activation"],
        "layer_norm_eps": vit_config["epsilon"],
        "layerscale_value": vit_config["layer_scale"],
        "qkv_bias": vit_config["qkv_bias"],
        "use_swiglu_ffn": False,
    }
