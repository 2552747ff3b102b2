"""The augmentations that recipes name, as Keras layers, one each.

Each takes the parameters of its kind in `kpoc.augmentation.kinds` and makes of
them what a recipe makes of them: the definition exists once.
"""

from keras.saving import register_keras_serializable

from kpoc.augmentation.definition import AUGMENTATIONS, Augmentation
from kpoc.layers._single import SingleAugmentation


def _layer(kind: type[Augmentation]) -> type[SingleAugmentation]:
    """The registered layer of a kind, under the kind's name."""
    content = {"kind": kind, "sized": kind.sized, "__module__": __name__}
    layer = type(kind.__name__, (SingleAugmentation,), content)
    return register_keras_serializable(package="kpoc")(layer)


LAYERS = {
    kind.__name__: _layer(kind)
    for kind in map(AUGMENTATIONS.get, AUGMENTATIONS.names())
}
globals().update(LAYERS)
