"""Schema of how a trained model is asked."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated

import pydantic

from kpoc.ground.schema import Component, Strict, validate
from kpoc.ground.yaml_values import parse_yaml
from kpoc.recipe.identity import Shown

_ONE = Component(name="one")


class Inference(Strict):
    """How a trained model is asked; nothing of it is trained.

    In words, as sides of a comparison and names of files have it:
    `image_size=288,views=flip`, with parameters of views behind a plus sign each
    (`views=NAME+PARAMETER=VALUE`).

    Attributes:
        image_size: Side of the images in pixels; that of the training by default.
        views: What is made of each image; the predictions of all are averaged. A name
            of `kpoc.inference.views`, with its parameters.

    Example:
        >>> asked = Inference.parse("views=flip,image_size=288")
        >>> str(asked), str(asked.beside(288)), asked.beside(288).image_size
        ('image_size=288,views=flip', 'views=flip', None)
        >>> Inference.parse("image_size=288,views=one").beside(288) is None
        True
    """

    image_size: Annotated[Annotated[int, pydantic.Field(ge=8)] | None, Shown()] = None
    views: Annotated[Component, Shown()] = _ONE

    @classmethod
    def parse(cls, text: str) -> Inference:
        """Reads what `str` gives.

        Raises:
            SchemaError: Unknown keys or values that do not suit them.
        """
        said: dict[str, object] = {}
        for part in text.split(","):
            key, _, value = part.partition("=")
            said[key] = _component(value) if key == "views" else _value(value)
        return validate(cls, said, f"the inference settings {text!r}")

    def __str__(self) -> str:
        said = [] if self.image_size is None else [f"image_size={self.image_size}"]
        if self.views != _ONE:
            params = [f"{k}={v}" for k, v in sorted(self.views.params.items())]
            said.append("views=" + "+".join([self.views.name, *params]))
        return ",".join(said)

    def beside(self, image_size: int) -> Inference | None:
        """What is other than asking a model as it was trained; None for nothing.

        Args:
            image_size: That of its training.
        """
        size = None if self.image_size == image_size else self.image_size
        rest = Inference(image_size=size, views=self.views)
        return rest if str(rest) else None


def split_settings(word: str) -> tuple[str, str | None]:
    """What stands before the `@` of inference settings, and the settings.

    A path that is there is taken as a path, whatever it holds.

    Example:
        >>> split_settings("runs/a-seed*@image_size=288,views=flip")
        ('runs/a-seed*', 'image_size=288,views=flip')
        >>> split_settings("me@home/a-seed0")
        ('me@home/a-seed0', None)
    """
    if Path(word).exists():
        return word, None
    found = re.fullmatch(r"(.+)@([a-z_]+=[^@/]*)", word)
    return (found[1], found[2]) if found else (word, None)


def _component(text: str) -> object:
    name, *params = text.split("+")
    pairs = [param.partition("=") for param in params]
    return {"name": name, **{key: _value(value) for key, _, value in pairs}}


def _value(text: str) -> object:
    return parse_yaml(text or "''", "an inference setting")
