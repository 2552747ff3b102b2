"""Losses that suit what the head of a target gives, by the target's kind.

A recipe is read where there is no Keras, and the files of losses import it. So what
they declare is read off them, not imported.
"""

from __future__ import annotations

import ast
import sys
from functools import cache
from importlib.util import find_spec
from pathlib import Path

_OF_KERAS = {
    "regression": (
        "huber",
        "log_cosh",
        "mae",
        "mape",
        "mean_absolute_error",
        "mean_absolute_percentage_error",
        "mean_squared_error",
        "mean_squared_logarithmic_error",
        "mse",
        "msle",
    ),
    # of one logit
    "binary": (
        "binary_crossentropy",
        "binary_focal_crossentropy",
        "hinge",
        "squared_hinge",
    ),
    # labels are codes, not one-hot
    "categorical": ("sparse_categorical_crossentropy",),
}
_DECORATOR = "register"


def loss_names(kind: str) -> list[str]:
    """Names of `kpoc.losses.get` that a recipe may give a target of a kind, sorted.

    Example:
        >>> "lmf" in loss_names("binary"), "lmf" in loss_names("regression")
        (True, False)
    """
    own = (name for name, kinds in _of_kpoc().items() if kind in kinds)
    names = {*_OF_KERAS[kind], *own}
    # once losses are loaded, a plug-in may have brought others
    if loaded := sys.modules.get("kpoc.losses._registry"):
        names.update(loaded.suited(kind))
    return sorted(names)


@cache
def _of_kpoc() -> dict[str, tuple[str, ...]]:
    declared = {}
    for folder in find_spec("kpoc.losses").submodule_search_locations:
        for file in sorted(Path(folder).glob("*.py")):
            declared |= declared_losses(file.read_text(encoding="utf-8"))
    return declared


def declared_losses(source: str) -> dict[str, tuple[str, ...]]:
    r"""What a Python file registers as losses, without running it.

    Args:
        source: The file's text.

    Returns:
        By name, the kinds of targets that the loss suits.

    Example:
        >>> declared_losses("@register('mine', kinds=('binary',))\nclass Mine: pass")
        {'mine': ('binary',)}
    """
    if f"{_DECORATOR}(" not in source:
        return {}
    return {
        ast.literal_eval(call.args[0]): tuple(ast.literal_eval(given.value))
        for node in ast.parse(source).body
        if isinstance(node, ast.ClassDef)
        for call in node.decorator_list
        if isinstance(call, ast.Call) and _DECORATOR in _words(call.func)
        for given in call.keywords
        if given.arg == "kinds"
    }


def _words(function: ast.expr) -> list[str]:
    return ast.unparse(function).split(".")
