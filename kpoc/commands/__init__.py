"""The verbs of the `kpoc` command, a file each: a new verb is a new file.

A verb's module has `add(verbs)`, which gives `verbs` (of argparse) a parser whose
default `call` takes the parsed arguments. Modules that start with an underscore are no
verbs. Parsing must stay instant: heavy imports wait inside of `call`.
"""

from __future__ import annotations

import argparse
import pkgutil
from importlib import import_module
from types import ModuleType


def add_verbs(package: ModuleType, verbs: argparse._SubParsersAction) -> None:
    """Adds the verbs of all modules of a package, in the order of their names."""
    for module in pkgutil.iter_modules(package.__path__):
        if not module.name.startswith("_"):
            import_module(f"{package.__name__}.{module.name}").add(verbs)
