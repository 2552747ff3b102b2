"""The vision transformer, a layer a file."""

from kpoc.models.vit.attention import SelfAttention
from kpoc.models.vit.block import LayerScale, StochasticDepth, TransformerBlock
from kpoc.models.vit.model import ViT
from kpoc.models.vit.patches import PatchEmbedding
from kpoc.models.vit.positions import PositionEmbedding
from kpoc.models.vit.variants import variant

__all__ = [
    "LayerScale",
    "PatchEmbedding",
    "PositionEmbedding",
    "SelfAttention",
    "StochasticDepth",
    "TransformerBlock",
    "ViT",
    "variant",
]
