"""The protocol: the declaration of how a manifest is made.

A protocol may extend another one, by its name or as a .yaml file beside it: the keys it
has itself replace those of the other one whole.
"""

from __future__ import annotations

import operator
from pathlib import Path
from typing import Annotated, Literal

import pydantic

from kpoc.ground.schema import Component, SchemaError, Strict, validate
from kpoc.ground.yaml_files import find_yaml, read_extended, yaml_names
from kpoc.protocols.manifest import Column
from kpoc.protocols.step import STEPS, Step
from kpoc.sources.source import SOURCES, Source

_PACKAGE = "kpoc.data_manifests"

Split = Literal["train", "validation", "test"]
Counts = dict[Split, Annotated[int, pydantic.Field(ge=0)]]


class ColumnRules(Strict):
    """The rules of a target or group column of the manifest.

    Attributes:
        classes: The possible values of a class column, in the order of their codes.
        range: Smallest and largest value of a number column.
    """

    classes: Annotated[list[str], pydantic.Field(min_length=1)] | None = None
    range: Annotated[list[float], pydantic.Field(min_length=2, max_length=2)] | None = (
        None
    )

    @pydantic.model_validator(mode="after")
    def _one_kind(self) -> ColumnRules:
        if self.classes is not None and self.range is not None:
            raise ValueError("a column has `classes` or a `range`, not both")
        if self.classes and len(set(self.classes)) != len(self.classes):
            raise ValueError(f"`classes` must be unique. Received: {self.classes}")
        if self.range and not self.range[0] < self.range[1]:
            raise ValueError(
                f"`range` must be [low, high], low < high. Received: {self.range}"
            )
        return self


class Published(Strict):
    """Somebody else's figures, to compare with; a difference is no error."""

    source: str
    counts: Counts


class Expect(Strict):
    """What the data must give; anything else is an error."""

    counts: Counts = {}
    digest: Annotated[str, pydantic.Field(pattern="^[0-9a-f]{64}$")] | None = None


class CardText(Strict):
    """What the card of a model must say that was trained on this; lists of paragraphs.

    Attributes:
        intended_use: What such a model may be used for.
        out_of_scope: What it must not be used for.
        ethics: What the labels mean, for whom they matter, what can go wrong.
        limits: Where figures on these rows stop being true.
    """

    intended_use: list[str] = []
    out_of_scope: list[str] = []
    ethics: list[str] = []
    limits: list[str] = []


class Protocol(Strict):
    """How a manifest is made. See `data_manifests/` for examples.

    Attributes:
        name: What recipes call it.
        description: One line on it.
        source: The source by name, with its parameters.
        seed: Seed of all choices.
        columns: Target and group columns of the manifest, in this order, and their
            rules. Other columns are left out of the manifest.
        steps: The steps by name, with their parameters, in the order they are taken.
        published: Figures to compare with.
        expect: Figures that must come out.
        card: What model cards say of the task: its uses, ethics and limits.
    """

    name: str
    description: str = ""
    source: Component
    seed: Annotated[int, pydantic.Field(ge=0)] = 0
    columns: Annotated[dict[str, ColumnRules], pydantic.Field(min_length=1)]
    steps: Annotated[list[Component], pydantic.Field(min_length=1)]
    published: Published | None = None
    expect: Expect | None = None
    card: CardText | None = None

    def make_source(self) -> Source:
        """The source with its parameters, checked.

        Raises:
            SchemaError: Unknown source, or parameters that it does not take.
        """
        kind = SOURCES.get(self.source.name)
        return validate(kind, self.source.params, f"source {self.source.name}")

    def make_steps(self) -> list[Step]:
        """The steps with their parameters, checked.

        Raises:
            SchemaError: Lists all unknown steps and wrong parameters.
        """
        made, problems = [], []
        for number, step in enumerate(self.steps, start=1):
            where = f"step {number} ({step.name})"
            try:
                made.append(validate(STEPS.get(step.name), step.params, where))
            except SchemaError as error:
                problems.append(f"{where}: {error}")
        if problems:
            raise SchemaError("\n".join(problems))
        return made

    def column_rules(self) -> dict[str, Column]:
        """The rules of the columns, as the manifest keeps them."""
        return {k: Column(c.classes, c.range) for k, c in self.columns.items()}


def protocol_names() -> list[str]:
    """Names of the protocols that come with kpoc, sorted."""
    return yaml_names(_PACKAGE)


def _find(name: str) -> Path:
    return find_yaml("protocol", name, _PACKAGE)


def load_protocol(name_or_path: str | Path) -> Protocol:
    """Loads and validates a protocol.

    Args:
        name_or_path: A name in `data_manifests/`, or the path of a .yaml file.

    Returns:
        The protocol; its source and steps are known and take their parameters.

    Raises:
        SchemaError: Names every unknown key, wrong type and broken rule, with the
            nearest valid name.

    Example:
        >>> load_protocol("faces").source.name
        'utkface'
    """
    where = f"protocol {name_or_path}"
    content = read_extended(_find(str(name_or_path)), _find, operator.or_)
    protocol = validate(Protocol, content, where)
    problems = []
    for check in (protocol.make_source, protocol.make_steps):
        try:
            check()
        except SchemaError as error:
            problems.append(str(error))
    if problems:
        raise SchemaError(f"{where}: " + "\n".join(problems))
    return protocol
