"""Layers that are one augmentation each."""

from __future__ import annotations

import inspect
from typing import ClassVar

from kpoc.augmentation.chain import Chain
from kpoc.augmentation.definition import Augmentation
from kpoc.ground.schema import validate
from kpoc.layers._base import LAYER_OPTIONS, AugmentationBase

_SIZE = "    size: Side of the output in pixels, or (height, width).\n"
_COMMON = """
        seed: Seed of the layer's own draws; by default another one each time.
        views: Views of each image; more than 1 add an axis: (B, views, H, W, 3).
        value_range: Lowest and highest level of the images.
        **kwargs: `name` and what else all Keras layers take.

    Input: RGB images (B, H, W, 3) or (H, W, 3). Output: the same dtype; integers stay
    whole levels. At inference nothing is changed but the size, if there is one.
"""


class SingleAugmentation(AugmentationBase):
    """Base of the layers; a subclass names its kind, which defines the parameters."""

    kind: ClassVar[type[Augmentation]]
    sized: ClassVar[bool] = False

    def __init_subclass__(cls, **kwargs):
        super().__init_subclass__(**kwargs)
        empty, words = inspect.Parameter.empty, inspect.Parameter.POSITIONAL_OR_KEYWORD
        given = [("size", empty)] * cls.sized
        given += [
            (name, empty if field.is_required() else field.default)
            for name, field in cls.kind.model_fields.items()
        ]
        parameters = [inspect.Parameter(n, words, default=d) for n, d in given]
        base = inspect.signature(AugmentationBase.__init__).parameters.values()
        parameters += [p for p in base if p.name not in ("self", "chain", "size")]
        cls.__signature__ = inspect.Signature(parameters)
        cls._names = [name for name, _ in given]
        # `python -OO` has no docstrings
        if text := inspect.getdoc(cls.kind):
            text = text.replace("Attributes:\n", "Args:\n" + _SIZE * cls.sized)
            cls.__doc__ = text.replace("\n", "\n    ") + _COMMON

    def __init__(self, *args, **kwargs):
        if len(args) > len(self._names):
            raise TypeError(
                f"{type(self).__name__} takes {self._names}. Received: {args!r}"
            )
        kwargs = {**dict(zip(self._names, args, strict=False)), **kwargs}
        options = [*LAYER_OPTIONS, "size", "views", "seed", "value_range"]
        options = {name: kwargs.pop(name) for name in options if name in kwargs}
        where = f"layer {type(self).__name__}"
        if self.sized != ("size" in options):
            rule = "needs" if self.sized else "has no"
            raise ValueError(f"{where} {rule} `size`. Received: {options}")
        super().__init__(Chain([validate(self.kind, kwargs, where)]), **options)

    def get_config(self):
        [augmentation] = self.chain.augmentations
        size = {"size": list(self.size)} if self.sized else {}
        return {**super().get_config(), **augmentation.model_dump(mode="json"), **size}
