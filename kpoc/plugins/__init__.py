"""Plug-ins: a user's own Python files and packages, which register a method.

A plug-in registers what it brings as kpoc's own files do, by the same decorators; it is
executed once in a process, before what needs it. Its content is known by its SHA-256,
which belongs to the key of every run that was trained with it.

Code in somebody's run directory is not executed because a recipe there says so: the
user must have named the same content, in a recipe of their own, by `--plugin` or by
`--trust`.

    from kpoc import plugins

    plugins.load("my_method.py")  # as `--plugin my_method.py`
    plugins.trust("runs/mine/0123456789-seed0")  # as `--trust RUN`
"""

from kpoc.plugins.errors import PluginError
from kpoc.plugins.found import Plugin
from kpoc.plugins.loading import load
from kpoc.plugins.of_run import load_of_run, trust

__all__ = ["Plugin", "PluginError", "load", "load_of_run", "trust"]
