"""Which recipe is meant by a recipe and the name of a model."""

from __future__ import annotations

from pathlib import Path

from kpoc.recipe import load_recipe, recipe_names


def choose_model(recipe: str, model: str) -> tuple[str, dict[str, object]]:
    """A recipe and overrides that train `model` on the task of `recipe`.

    If the folder of the recipe has one that is called like the model, that one is
    meant: it says what suits the model. Else the recipe's backbone is replaced, without
    the options of the old one, and with the weights that come with the new one (or
    random ones, where the recipe asks for those).

    Args:
        recipe: A recipe's name or the path of a YAML file.
        model: A recipe beside it, or a name of the registry (`kpoc models`).

    Returns:
        The name of the recipe to load and overrides by dotted key.

    Example:
        >>> choose_model("portraits/baseline", "vit")
        ('portraits/vit', {})
        >>> choose_model("faces/baseline", "resnet50")[1]
        {'model.backbone': 'resnet50', 'model.weights': 'pretrained'}
    """
    if beside := _beside(recipe, model):
        return beside, {}
    random = load_recipe(recipe).model.weights is None
    return recipe, {
        "model.backbone": model,
        "model.weights": None if random else "pretrained",
    }


def _beside(recipe: str, model: str) -> str | None:
    """The recipe called like a model that stands beside another, if there is one."""
    names = recipe_names()
    if recipe in names:
        name = f"{recipe.rpartition('/')[0]}/{model}"
        return name if name in names else None
    files = [Path(recipe).with_name(f"{model}{end}") for end in (".yaml", ".yml")]
    return next((str(file) for file in files if file.is_file()), None)
