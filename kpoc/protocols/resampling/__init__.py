"""Which training rows a recipe learns from: one way to choose them a file.

A way is a schema (its parameters) with `apply(manifest)`, registered under the name
that recipes use. It touches the train split alone: validation and test stay what the
protocol says, so that recipes with and without it can be compared.
"""

from __future__ import annotations

from collections.abc import Sequence

from kpoc.ground.registry import Registry
from kpoc.ground.schema import Component, SchemaError, Strict, validate
from kpoc.protocols.manifest import Manifest


class Resampling(Strict):
    """Base of all ways; the fields of a subclass are its parameters."""

    def apply(self, manifest: Manifest) -> Manifest:
        """A manifest with other train rows; the given one is not changed.

        Raises:
            ValueError: The rows do not allow it.
        """
        raise NotImplementedError


RESAMPLINGS: Registry[type[Resampling]] = Registry(
    "resampling", "kpoc.protocols.resampling"
)
register_resampling = RESAMPLINGS.register


def resample(manifest: Manifest, components: Sequence[Component]) -> Manifest:
    """Applies what a recipe's `resampling` names, one after the other.

    Raises:
        SchemaError: Lists all unknown names and wrong parameters.
        ValueError: The rows do not allow it.
    """
    made, problems = [], []
    for component in components:
        where = f"`resampling` {component.name}"
        try:
            kind = RESAMPLINGS.get(component.name)
            made.append(validate(kind, component.params, where))
        except SchemaError as error:
            problems.append(str(error))
    if problems:
        raise SchemaError("\n".join(problems))
    for way in made:
        manifest = way.apply(manifest)
    return manifest
