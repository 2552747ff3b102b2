"""Where initial weights come from: the one place that resolves what a recipe names.

It lies below `kpoc.models`, which reads what is found here, and imports no Keras: a
training is planned, and its run named by the digest of its weights, in processes that
must not load Keras.
"""

from kpoc.weights.located import Weights, are_pretrained, locate

__all__ = ["Weights", "are_pretrained", "locate"]
