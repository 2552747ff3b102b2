"""A recipe from its file or a mapping, with overrides."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from kpoc.ground.schema import validate
from kpoc.ground.yaml_values import read_yaml
from kpoc.recipe.definition import Recipe
from kpoc.recipe.files import read
from kpoc.recipe.judged import Judged
from kpoc.recipe.overrides import override
from kpoc.recipe.plugins import joined, load_plugins, placed
from kpoc.recipe.recorded import Recorded


def _add_classes(content: dict) -> None:
    """Adds the classes of the protocol to targets that name none."""
    task = content.get("task")
    targets = task.get("targets") if isinstance(task, dict) else None
    lacking = {
        name: target
        for name, target in (targets.items() if isinstance(targets, dict) else ())
        if isinstance(target, dict)
        and target.get("kind") in ("binary", "categorical")
        and target.get("classes") is None
    }
    if lacking and isinstance(task.get("protocol"), str):
        from kpoc.protocols.protocol import load_protocol

        columns = load_protocol(task["protocol"]).columns
        for name in lacking.keys() & columns.keys():
            lacking[name]["classes"] = columns[name].classes


def load_recipe(
    recipe: str | Path | Mapping | Recipe, overrides: Mapping[str, object] | None = None
) -> Recipe:
    """Loads, completes and validates a recipe.

    Args:
        recipe: A name (`faces/baseline`), the path of a YAML file, a mapping of a
            recipe's keys, or a `Recipe`.
        overrides: Values by dotted key, e.g. `{"epochs": 5, "model.dropout": 0.1}`.
            Plug-ins are added to those that the recipe has.

    Returns:
        The resolved recipe.

    Raises:
        SchemaError: Names every unknown key, wrong type and broken rule.
        PluginError: A plug-in that it names cannot be used.

    Example:
        >>> load_recipe("portraits/baseline", {"epochs": 3}).epochs
        3
    """
    schema = type(recipe) if isinstance(recipe, Judged) else Recipe
    if isinstance(recipe, Judged):
        content, source = recipe.to_dict(), f"recipe {recipe.name}"
    elif isinstance(recipe, Mapping):
        content = json.loads(json.dumps(recipe))
        content.setdefault("name", "unnamed")
        source = "the given recipe"
    else:
        content, source = read(str(recipe)), f"recipe {recipe}"
        content.setdefault("name", str(recipe).removesuffix(".yaml"))
    overrides = dict(overrides or {})
    more = overrides.pop("plugins", None)
    # another backbone first: options that are given beside it are its own
    order = sorted(overrides, key=lambda key: not key.startswith("model.b"))
    for key in order:
        override(content, key, overrides[key])
    if overrides:
        source += " with overrides"
    # first, since they register what the schema knows by name
    if plugins := joined(content.get("plugins"), more):
        content["plugins"] = load_plugins(plugins)
    _add_classes(content)
    return validate(schema, content, source)


def read_resolved(file: Path) -> Recipe | Recorded:
    """The recipe that a run says it is of.

    Unlike `load_recipe` it reads this one file: a run may be somebody else's, and what
    its recipe names need not be what lies here under that name.

    Raises:
        SchemaError: Names every unknown key, wrong type and broken rule.
        PluginError: A plug-in that it names cannot be used, or is not allowed.
        OSError: It cannot be read.
    """
    content = read_yaml(file)
    if "plugins" in content:
        content["plugins"] = load_plugins(placed(content["plugins"], file.parent))
    schema = Recorded if content.get("kind") == "recorded" else Recipe
    return validate(schema, content, f"recipe {file}")
