"""Starting a child Python that sees the modules that this process sees, and no others.

`python -m` and `-c` put the current folder first on the path, where a user's own
`random.py`, or somebody else's, would be run instead of what it is called like.
"""

from __future__ import annotations

import os
import runpy
import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path

_FILE = Path(__file__).absolute()
_PACKAGES = ("kpoc", "tuning")


def child_command(module: str, *words: str, python: str = sys.executable) -> list[str]:
    """The command line of a child Python that runs a module, as `python -m` does.

    The current folder is not on its path. It takes `kpoc` and `tuning` from where this
    process has them, installed or not; another Python takes those installed in it.

    Args:
        module: A module or package of kpoc or tuning.
        words: The arguments.
        python: The Python.

    Example:
        >>> child_command("kpoc", "recipes")[-2:]
        ['kpoc', 'recipes']
    """
    if python != sys.executable:
        return [python, "-P", "-m", module, *words]
    return [python, "-P", str(_FILE), module, *words]


def leave_current_folder() -> None:
    """Takes the current folder off the path, where `python -m` has put it.

    So the modules beside a user's images are not run by `python -m kpoc` either, as
    they are not by `kpoc`. A checkout that kpoc itself comes from stays.
    """
    first = None if sys.flags.safe_path else sys.path[0]
    if first == os.getcwd() != str(_FILE.parents[2]):
        del sys.path[0]


class _Here:
    """Finds the packages beside this file, whatever else of their names there is."""

    @staticmethod
    def find_spec(
        name: str, path: Sequence[str] | None = None, target: object = None
    ) -> ModuleSpec | None:
        place = [str(_FILE.parents[2])]
        return PathFinder.find_spec(name, place) if name in _PACKAGES else None


def _run() -> None:
    sys.meta_path.insert(0, _Here)
    runpy.run_module(sys.argv.pop(1), run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    _run()
