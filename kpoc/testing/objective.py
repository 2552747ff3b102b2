"""What every objective promises before it trains."""

from __future__ import annotations

from kpoc.recipe import load_recipe
from kpoc.testing.promises import expect
from kpoc.training.objective import OBJECTIVES, Needs, Objective, objective_of
from kpoc.training.recipe_checks import log_names, require_trainable

_METHODS = (
    "needs",
    "prepare",
    "compile",
    "batches",
    "validation",
    "kept_epoch",
    "leave",
)


def check_objective(
    name: str, *, recipe: str = "portraits/baseline", **parameters: object
) -> None:
    """Checks what a training relies on before its first step.

    The objective

    - has all methods of `Objective`, and parameters that a recipe can give;
    - says what the batches must carry, in columns that the recipe has;
    - says by which log, `min` or `max`, the epoch is kept.

    Whether it learns is seen in a training of its own.

    Args:
        name: The objective's, as it was registered.
        recipe: One that it can train.
        **parameters: As in the recipe's `objective`.

    Raises:
        AssertionError: A promise is broken; says which.

    Example:
        >>> check_objective("supervised")
    """
    kind = OBJECTIVES.get(name)
    expect(issubclass(kind, Objective), f"{name} must be an `Objective`")
    for method in _METHODS:
        own = getattr(kind, method) is not getattr(Objective, method)
        expect(own, f"{name} must have the method `{method}`")
    resolved = load_recipe(recipe, {"objective": {"name": name, **parameters}})
    require_trainable(resolved)
    objective = objective_of(resolved)
    needs = objective.needs(resolved)
    expect(isinstance(needs, Needs), f"{name} must say its needs as `Needs`")
    log, best = objective.kept_epoch(resolved)
    expect(best in ("min", "max"), f"{name} must keep the epoch of the `min` or `max`")
    if needs.labels:
        known = log_names(resolved)
        expect(log in known, f"{name} must keep the epoch by a log. It says {log}")
