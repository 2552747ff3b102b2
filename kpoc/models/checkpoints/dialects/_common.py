"""What dialects share."""

from collections.abc import Mapping

NORM = {"gamma": "weight", "beta": "bias"}
DENSE = {"kernel": "weight", "bias": "bias"}


def pairs(ours: str, theirs: str, parts: Mapping[str, str]) -> dict[str, str]:
    """Names of a layer's tensors: `{"norm/gamma": "layernorm.weight", ...}`."""
    return {f"{ours}/{a}": f"{theirs}.{b}" for a, b in parts.items()}


def fused(ours: str, theirs: list[str], bias: bool) -> dict[str, list[str]]:
    """Names of a projection that we hold in one piece and they in several."""
    parts = DENSE if bias else {"kernel": "weight"}
    return {f"{ours}/{a}": [f"{name}.{b}" for name in theirs] for a, b in parts.items()}


def classes(config: Mapping) -> int:
    """Number of labels that a transformers config tells; 2 is its default."""
    return len(config.get("id2label") or {}) or config.get("num_labels", 2)


def square(config: Mapping) -> int:
    """Side of the images, given as a number or as height and width."""
    size = config["image_size"]
    return size if isinstance(size, int) else size[0]
