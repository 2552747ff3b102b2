"""Optimizers that Keras lacks, and its warm-up cosine in the usual terms.

They need Keras 3 alone, on any backend; accumulation, averages, clipping and loss
scaling are Keras' own.
"""

from kpoc.optimizers._registry import get, register
from kpoc.optimizers.lars import LARS
from kpoc.optimizers.layer_rates import with_layer_decay
from kpoc.optimizers.schedules import warmup_cosine
from kpoc.optimizers.sing import SING

__all__ = ["LARS", "SING", "get", "register", "warmup_cosine", "with_layer_decay"]
