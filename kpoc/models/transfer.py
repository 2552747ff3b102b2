"""Weights from one backbone to another of the same architecture."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import keras
from keras import layers

from kpoc.models.layout import inner_layers
from kpoc.models.vit.positions import PositionEmbedding

_SHOWN = 5
_ANY = ("name", "dtype", "trainable")


@dataclass(frozen=True)
class _Tensor:
    """A weight with the layer it belongs to."""

    path: str
    layer: keras.Layer
    variable: keras.Variable

    @property
    def shape(self) -> tuple[int, ...]:
        return tuple(self.variable.shape)

    @property
    def kind(self) -> tuple[str, str]:
        return type(self.layer).__name__, self.variable.name

    def __str__(self) -> str:
        return f"{self.path}/{self.variable.name} {self.shape}"


def copy_weights(source: keras.Model, target: keras.Model) -> None:
    """Copies all weights of a backbone, in the order of its layers.

    The positions of a ViT are interpolated where the grid of the other is another.

    Args:
        source: Where they come from.
        target: Where they go; its image size may be another.

    Raises:
        ValueError: The two have not the same tensors, or scale images otherwise; names
            what differs, with both shapes. Then nothing was copied.
    """
    ours, theirs = list(_tensors(source)), list(_tensors(target))
    problems = backbone_differences(source, target)
    _copy(ours, theirs, problems, "`other` must have the architecture of the encoder")


def copy_heads(source: keras.Model, target: keras.Model) -> None:
    """Copies all weights of what `heads_of` gives, those of outputs by their names.

    Args:
        source: Where they come from.
        target: Where they go.

    Raises:
        ValueError: The two have not the same tensors; names what differs, with both
            shapes. Then nothing was copied.
    """
    ours, theirs = _neck_and_heads(source), _neck_and_heads(target)
    problems = _differences(ours, theirs)
    _copy(ours, theirs, problems, "the layers before the outputs must be the same")


def backbone_differences(source: keras.Model, target: keras.Model) -> list[str]:
    """What keeps the weights of a backbone from being those of another."""
    problems = _differences(list(_tensors(source)), list(_tensors(target)))
    if not problems and (here := _scaling(source)) != (there := _scaling(target)):
        problems.append(f"images are scaled by {here} here, by {there} there")
    return problems


def _differences(ours: list[_Tensor], theirs: list[_Tensor]) -> list[str]:
    problems = [
        f"{one} here, {other} there"
        for one, other in zip(ours, theirs, strict=False)
        if not _fits(one, other)
    ]
    if len(ours) != len(theirs):
        problems.insert(0, f"{len(ours)} tensors here, {len(theirs)} there")
    if len(problems) > _SHOWN:
        problems[_SHOWN:] = [f"and {len(problems) - _SHOWN} more"]
    return problems


def _copy(
    ours: list[_Tensor], theirs: list[_Tensor], problems: list[str], rule: str
) -> None:
    if problems:
        raise ValueError(f"{rule}. Received: {'; '.join(problems)}")
    for one, other in zip(ours, theirs, strict=True):
        other.variable.assign(_value(one, other))


def _neck_and_heads(heads: keras.Model) -> list[_Tensor]:
    names = heads.output_names
    # the order of the targets may be another
    return sorted(
        _tensors(heads),
        key=lambda one: (one.path in names, one.path if one.path in names else ""),
    )


def _tensors(model: keras.Model) -> Iterator[_Tensor]:
    seen = set()
    for path, layer in [*inner_layers(model), (model.name, model)]:
        # those of the layer itself: what is inside comes on its own
        for variable in (*layer._trainable_variables, *layer._non_trainable_variables):
            if id(variable) not in seen:
                seen.add(id(variable))
                yield _Tensor(path, layer, variable)


def _is_positions(tensor: _Tensor) -> bool:
    return isinstance(tensor.layer, PositionEmbedding)


def _fits(one: _Tensor, other: _Tensor) -> bool:
    if one.kind != other.kind:
        return False
    if _is_positions(one):
        return (
            one.layer.leading == other.layer.leading
            and one.shape[-1] == other.shape[-1]
        )
    return one.shape == other.shape


def _value(one: _Tensor, other: _Tensor):
    if _is_positions(one):
        return one.layer.table(other.layer.grid)
    return one.variable


def _scaling(model: keras.Model) -> list[tuple]:
    """What is done to the pixels before the first weight that is learnt."""
    steps = []
    for _, layer in inner_layers(model):
        if layer._trainable_variables:
            break
        # these follow the size of the images
        if isinstance(layer, (keras.Model, layers.InputLayer, layers.ZeroPadding2D)):
            continue
        config = layer.get_config()
        about = {name: config[name] for name in config if name not in _ANY}
        steps.append((type(layer).__name__, about))
    return steps
