"""A list of augmentations as one thing that gives plans."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from types import ModuleType

import numpy as np

from kpoc.augmentation.chance import uniforms
from kpoc.augmentation.definition import (
    AUGMENTATIONS,
    GEOMETRY,
    Augmentation,
)
from kpoc.augmentation.plan import Array, Plan
from kpoc.ground.schema import Component, SchemaError, problems_error, validate


class Chain:
    """Augmentations in the order of a recipe.

    Args:
        augmentations: The augmentations. A plan takes geometry first, then colour,
            blur, tone and masks, whatever their order here.

    Raises:
        ValueError: They cannot be folded into one plan; lists why.

    Example:
        >>> chain = make_augmentations([Component(name="random_flip", p=1.0)])
        >>> draws = chain.draws(np.array([5, 9]), seed=0, epoch=3)
        >>> chain.plan(draws, (8, 8), (8, 8)).matrix[0].tolist()
        [[-1.0, 0.0, 8.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]
    """

    def __init__(self, augmentations: Sequence[Augmentation] = ()):
        self.augmentations = tuple(augmentations)
        fills = {a.fill for a in self.augmentations if hasattr(a, "fill")}
        counts = Counter(type(a).__name__ for a in self.augmentations if a.single)
        problems = [
            f"`augmentation` must hold {name} once. Received: it {n} times"
            for name, n in counts.items()
            if n > 1
        ]
        if len(fills) > 1:
            problems.append(
                "`fill` must be the same in all of `augmentation`. "
                f"Received: {sorted(fills)}"
            )
        if problems:
            raise ValueError("\n".join(problems))
        self.fill = fills.pop() if fills else (0.0, 0.0, 0.0)

    def __len__(self) -> int:
        return len(self.augmentations)

    @property
    def needs_originals(self) -> bool:
        """Whether images reduced to the size of what comes out would be too small."""
        return any(a.needs_originals for a in self.augmentations)

    def draws(
        self,
        rows: np.ndarray,
        *,
        seed: int,
        epoch: int,
        views: int = 1,
        first_view: int = 0,
    ) -> list[np.ndarray]:
        """The uniform numbers that each augmentation takes; see `chance.uniforms`.

        Returns:
            An array (rows * views, its `draws`) for each augmentation, the views of a
            row one after the other.
        """
        return uniforms(
            np.repeat(rows, views),
            [a.draws for a in self.augmentations],
            seed=seed,
            epoch=epoch,
            view=np.tile(np.arange(first_view, first_view + views), len(rows)),
        )

    def plan(
        self,
        draws: Sequence[Array],
        source: tuple[int, int] | tuple[Array, Array],
        size: tuple[int, int],
        xp: ModuleType = np,
    ) -> Plan:
        """Folds the chain for a batch.

        Args:
            draws: Numbers in [0, 1) for each augmentation, (B, its `draws`).
            source: Height and width of the sources: numbers, or arrays (B,).
            size: Height and width of what comes out.
            xp: `numpy` or `keras.ops`, whatever the arrays are.
        """
        height, width = (draws[0][:, 0] * 0.0 + side for side in source)
        plan = Plan(xp, tuple(size), (height, width), height, width)
        parts = list(zip(self.augmentations, draws, strict=True))
        for augmentation, numbers in parts:
            if augmentation.place == GEOMETRY:
                plan = augmentation.fold(plan, numbers)
        known = isinstance(source[0], int) and isinstance(source[1], int)
        if plan.matrix is not None or not known or tuple(source) != tuple(size):
            plan = plan.resized()
        for augmentation, numbers in sorted(parts, key=lambda part: part[0].place):
            if augmentation.place != GEOMETRY:
                plan = augmentation.fold(plan, numbers)
        return plan


def make_augmentations(components: Sequence[Component]) -> Chain:
    """The chain that a recipe's `augmentation` names.

    Raises:
        SchemaError: Lists all unknown names and wrong parameters.
        ValueError: The augmentations cannot be folded into one plan.
    """
    made, problems = [], []
    for number, component in enumerate(components, start=1):
        where = f"augmentation {number} ({component.name})"
        try:
            kind = AUGMENTATIONS.get(component.name)
            made.append(validate(kind, component.params, where))
        except SchemaError as error:
            problems += [f"{where}: {problem}" for problem in error.problems]
    if problems:
        raise problems_error("`augmentation`", problems)
    return Chain(made)
