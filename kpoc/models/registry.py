"""The registry of backbones: a name, how it is built, and what it must be told.

A backbone takes RGB in 0..255 and gives features, (B, H, W, C) to be averaged or (B, C)
as they are; scaling and normalisation are inside it, since they belong to its weights.
A new backbone is a new file in `kpoc/models/backbones/` that calls `register`.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

import keras
import pydantic

from kpoc.ground.registry import Registry
from kpoc.ground.schema import Strict, validate
from kpoc.models.batch_norm import fuse_batch_norms

PRETRAINED = "pretrained"
"""What recipes may name for the weights that come with a backbone."""

NAMED = "encoder."
"""How the name of every backbone's model begins; the registry's name follows.

No target is called so: a full stop is not allowed there.
"""


@dataclass(frozen=True)
class Backbone:
    """An entry of the registry.

    Attributes:
        name: What recipes call it.
        build: `build(image_size, weights=None, **options)` gives a `keras.Model`.
            `weights` is None (random), a name in `weight_names` or a path. The
            annotations of the options say what recipes may give them. Batch norms have
            the fused training step (`fuse_batch_norms`), and the model is named after
            the entry (`NAMED`), by which `Encoder.of` finds it in a saved model.
        weight_names: Weights that can be downloaded, with origin and licence; the
            first are meant by `pretrained`.
        preprocessing: What it does to RGB in 0..255, for people.
        input_size: The side its weights were trained at, in pixels.
        xla_on_cpu: Whether XLA trains it faster than a graph on a CPU, as measured by
            `benchmarks/xla.py`; what `xla: auto` decides where there is no GPU.
        smallest: The smallest image side it accepts, in pixels.
        stand_in: The module of `kpoc.models.stand_ins` whose model is trained in its
            place; None for most, which are trained themselves.
        environment: The environment of its own that it is trained in; see
            `kpoc.ground.environments`. None for most, which need none.
        reads: What `build` reads besides the weights that have a name: `file`, of
            Keras; `huggingface`, a folder; or None. The encoder of a run is read for
            every backbone.
        pads_by_parity: Whether even sides are padded otherwise than odd ones in front
            of a stride of 2, as some of `keras.applications` do (`padding_at`).
        map_layer: Path, below the model, of the layer whose output is shown as a map:
            a CNN's, or the block of a ViT whose input is. None for the last feature map
            of more than one position, or the last block; see `kpoc.models.maps`.
    """

    name: str
    build: Callable[..., keras.Model]
    weight_names: dict[str, str]
    xla_on_cpu: bool
    smallest: int = 32
    preprocessing: str = "scaled to [-1, 1]"
    input_size: int = 224
    stand_in: str | None = None
    environment: str | None = None
    reads: Literal["file", "huggingface"] | None = "file"
    pads_by_parity: bool = False
    map_layer: str | None = None

    def resolve(self, weights: str | None) -> str | None:
        """The weights that a recipe names, `pretrained` by their own name.

        Raises:
            ValueError: `pretrained`, where none are known.
        """
        if weights != PRETRAINED:
            return weights
        if not self.weight_names:
            raise ValueError(
                f"`weights` of the backbone {self.name} must be null or a path: it has "
                f"none that can be downloaded. Received: {weights!r}"
            )
        return next(iter(self.weight_names))

    def origin(self, weights: str | None) -> str | None:
        """Where weights that a recipe names come from; None for a file or none."""
        return self.weight_names.get(self.resolve(weights) or "")

    @property
    def options(self) -> list[str]:
        """Names of the options that recipes may give."""
        return list(self._option_types())

    def check_options(self, options: Mapping[str, object]) -> None:
        """Checks options against the annotations of `build`.

        Raises:
            SchemaError: Unknown names, wrong types, numbers out of range: all of them.
        """
        fields = {name: (kind, None) for name, kind in self._option_types().items()}
        schema = pydantic.create_model("Options", __base__=Strict, **fields)
        validate(schema, dict(options), f"`model.options` of {self.name}")

    def check_size(self, image_size: int) -> None:
        """Checks that images are not too small.

        Raises:
            ValueError: They are.
        """
        if image_size < self.smallest:
            raise ValueError(
                f"`image_size` must be at least {self.smallest} for the backbone "
                f"{self.name}. Received: {image_size}"
            )

    def _option_types(self) -> dict[str, object]:
        taken = inspect.signature(self.build, eval_str=True).parameters.values()
        return {
            parameter.name: parameter.annotation
            for parameter in taken
            if parameter.name not in ("image_size", "weights")
        }


BACKBONES: Registry[Backbone] = Registry("backbone", "kpoc.models.backbones")


def register(
    name: str,
    *,
    xla_on_cpu: bool,
    weight_names: dict[str, str] | None = None,
    **facts: int | str | bool | None,
) -> Callable:
    """Decorator that enters a build function under `name`, with facts of `Backbone`.

    Raises:
        ValueError: The name is taken.
    """

    def enter(build: Callable[..., keras.Model]) -> Callable[..., keras.Model]:
        @functools.wraps(build)
        def named(image_size: int, weights: str | None = None, **options):
            if weights is not None and not (facts.get("reads", "file") or weight_names):
                raise ValueError(
                    f"`weights` must be null for {name}, which has no pre-trained "
                    f"ones, or the directory of a run. Received: {weights!r}"
                )
            model = fuse_batch_norms(build(image_size, weights, **options))
            model.name = NAMED + name
            return model

        entry = Backbone(name, named, weight_names or {}, xla_on_cpu, **facts)
        BACKBONES.add(name, entry, _origin(build))
        return build

    return enter


def _origin(build: Callable[..., keras.Model]) -> str:
    """The module of a function, or of that which a partial one fills in."""
    return getattr(build, "func", build).__module__


def backbone_names() -> list[str]:
    """All registered names, sorted."""
    return BACKBONES.names()


def get_backbone(name: str) -> Backbone:
    """The entry called `name`.

    Raises:
        SchemaError: No such entry; names the nearest ones.
    """
    return BACKBONES.get(name)
