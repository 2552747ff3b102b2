"""The recipe: one YAML file that says everything about one training.

A recipe is found by name (`faces/baseline`, in `kpoc/recipes/`) or by path. It may
extend another one: mappings are merged key by key, and a component (a mapping with a
`name`) that names something else replaces the inherited one whole. A .yaml file that a
recipe names (`extends`, `task.protocol`) is looked for beside the recipe first, then
from the working directory.
"""

from kpoc.recipe.definition import Recipe
from kpoc.recipe.files import recipe_names
from kpoc.recipe.load import load_recipe, read_resolved
from kpoc.recipe.overrides import parse_overrides
from kpoc.recipe.recorded import Recorded
from kpoc.recipe.target import PLAIN_NAME, Target
from kpoc.recipe.words import is_override

__all__ = [
    "PLAIN_NAME",
    "Recipe",
    "Recorded",
    "Target",
    "is_override",
    "load_recipe",
    "parse_overrides",
    "read_resolved",
    "recipe_names",
]
