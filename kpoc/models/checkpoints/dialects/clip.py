"""CLIP's image tower, alone or in a whole CLIP, as transformers stores it.

Names as in transformers' `modeling_clip.py`, `pre_layrnorm` included. Its features are
the class token after the last norm; the projection to the text's space is left out.
"""

from kpoc.models.checkpoints.dialects._common import DENSE, NORM, fused, pairs, square

NAMES = "clip, clip_vision_model (the image tower)"
ignored = (
    r"(text_model|text_projection|visual_projection)\..*|logit_scale|"
    r".*position_ids"
)
prefixed = True
squeezed = r"embeddings\.(class_embedding|position_embedding\.weight)"


def speaks(config):
    """See the package."""
    return config.get("model_type") in ("clip", "clip_vision_model")


def prefixes(config):
    """See the package."""
    return ("vision_model.",)


def arguments(config, names):
    """See the package."""
    tower = config.get("vision_config", config)
    return {
        "image_size": square(tower),
        "patch_size": tower["patch_size"],
        "width": tower["hidden_size"],
        "depth": tower["num_hidden_layers"],
        "heads": tower["num_attention_heads"],
        "mlp_width": tower["intermediate_size"],
        "activation": tower.get("hidden_act", "quick_gelu"),
        "epsilon": tower.get("layer_norm_eps", 1e-5),
        "patch_bias": False,
        "pre_norm": True,
        "num_classes": None,
    }


def tensors(vit_config):
    """See the package."""
    found = {
        "class_token": "embeddings.class_embedding",
        "positions/position_embedding": "embeddings.position_embedding.weight",
        "patches/kernel": "embeddings.patch_embedding.weight",
        **pairs("input_norm", "pre_layrnorm", NORM),
        **pairs("norm", "post_layernorm", NORM),
    }
    for index in range(vit_config["depth"]):
        ours, theirs = f"block_{index}", f"encoder.layers.{index}"
        found |= {
            **pairs(f"{ours}/attention_norm", f"{theirs}.layer_norm1", NORM),
            **fused(
                f"{ours}/attention/qkv",
                [f"{theirs}.self_attn.{name}_proj" for name in "qkv"],
                vit_config["qkv_bias"],
            ),
            **pairs(
                f"{ours}/attention/projection", f"{theirs}.self_attn.out_proj", DENSE
            ),
            **pairs(f"{ours}/mlp_norm", f"{theirs}.layer_norm2", NORM),
            **pairs(f"{ours}/hidden", f"{theirs}.mlp.fc1", DENSE),
            **pairs(f"{ours}/out", f"{theirs}.mlp.fc2", DENSE),
        }
    return found


def fits(vit_config):
    """Why a ViT cannot be written in this dialect, or None."""
    if not vit_config["pre_norm"] or vit_config["patch_bias"]:
        return "it has no norm before the blocks, or a bias on its patches"
    if vit_config["num_classes"] is not None or vit_config["pooling"] != "token":
        return "it has a classifier, or its features are not the class token"
    if vit_config["layer_scale"] is not None or not vit_config["qkv_bias"]:
        return "it has layer scale, or no bias on query, key and value"
    return None


def config_json(vit_config):
    """See the package."""
    return {
        "model_type": "clip_vision_model",
        "architectures": ["CLIPVisionModel"],
        "image_size": vit_config["image_size"][0],
        "patch_size": vit_config["patch_size"],
        "num_channels": 3,
        "hidden_size": vit_config["width"],
        "num_hidden_layers": vit_config["depth"],
        "num_attention_heads": vit_config["heads"],
        "intermediate_size": vit_config["mlp_width"],
        "hidden_act": vit_config["activation"],
        "layer_norm_eps": vit_config["epsilon"],
    }
