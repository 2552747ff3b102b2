"""Losses for imbalanced data and contrastive learning, on any Keras backend."""

from kpoc.losses._registry import get, register
from kpoc.losses.class_weights import class_counts, class_weights
from kpoc.losses.deferred import DeferredReweighting
from kpoc.losses.dense_loss import DenseLoss
from kpoc.losses.dense_weight import DenseWeight
from kpoc.losses.dino import DINOLoss
from kpoc.losses.focal import SparseCategoricalFocalCrossentropy
from kpoc.losses.ldam import LDAMLoss
from kpoc.losses.lmf import LMFLoss
from kpoc.losses.nt_xent import NTXentLoss
from kpoc.losses.sample_weights import SampleWeights

__all__ = [
    "DINOLoss",
    "DeferredReweighting",
    "DenseLoss",
    "DenseWeight",
    "LDAMLoss",
    "LMFLoss",
    "NTXentLoss",
    "SampleWeights",
    "SparseCategoricalFocalCrossentropy",
    "class_counts",
    "class_weights",
    "get",
    "register",
]
