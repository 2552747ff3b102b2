"""Models: a registry of backbones, and heads for the targets of a task."""

from kpoc.models.batch_norm import BatchNormalization, fuse_batch_norms
from kpoc.models.build import build
from kpoc.models.encoder import Encoder, heads_of
from kpoc.models.padding import PadConv2D, with_symmetric_padding
from kpoc.models.registry import Backbone, backbone_names, get_backbone, register
from kpoc.models.to_size import ImagesToSize
from kpoc.models.vit import ViT

__all__ = [
    "Backbone",
    "BatchNormalization",
    "Encoder",
    "ImagesToSize",
    "PadConv2D",
    "ViT",
    "backbone_names",
    "build",
    "fuse_batch_norms",
    "get_backbone",
    "heads_of",
    "register",
    "with_symmetric_padding",
]
