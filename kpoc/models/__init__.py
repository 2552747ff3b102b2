"""Models: a registry of backbones, and heads for the targets of a task."""

from kpoc.models.build import ImagesToSize, build
from kpoc.models.padding import PadConv2D, with_symmetric_padding
from kpoc.models.registry import Backbone, backbone_names, get_backbone, register
from kpoc.models.vit import ViT

__all__ = [
    "Backbone",
    "ImagesToSize",
    "PadConv2D",
    "ViT",
    "backbone_names",
    "build",
    "get_backbone",
    "register",
    "with_symmetric_padding",
]
