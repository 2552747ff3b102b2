"""Executing plug-ins, each once in a process."""

from __future__ import annotations

import importlib
import sys
import types
from collections.abc import Mapping
from pathlib import Path

from kpoc.ground.keras_settings import check_keras
from kpoc.ground.streams import quiet
from kpoc.plugins.errors import PluginError, failed
from kpoc.plugins.found import Plugin, find

_LOADED: dict[str, Plugin] = {}


def loaded(sha256: str) -> Plugin | None:
    """The plug-in of that content which this process has executed, if it has."""
    return next((one for one in _LOADED.values() if one.sha256 == sha256), None)


def named(name: str) -> Plugin | None:
    """The plug-in of that name which this process has executed, if it has."""
    return _LOADED.get(name)


def load(word: str | Path, sha256: str | None = None, since: str = "then") -> Plugin:
    """Finds a plug-in and executes it, unless this process has done so.

    Args:
        word: The path of a `.py` file, the name of an entry point of the group
            `kpoc.plugins`, or that of a module that can be imported.
        sha256: What its content must be, in hex; by default anything.
        since: What remembers that, for errors.

    Raises:
        PluginError: It is not there, has changed, fails, registers a name that is
            taken, or another one of its name was executed before.

    Example:
        >>> load("my_method.py").sha256  # doctest: +SKIP
    """
    if sha256 and (known := loaded(sha256)):
        return known
    plugin = find(str(word))
    if sha256 and plugin.sha256 != sha256:
        raise changed(plugin.name, since, sha256, plugin)
    if known := loaded(plugin.sha256):
        return known
    if known := named(plugin.name):
        raise _of_one_name(known, plugin)
    _execute(plugin)
    _LOADED[plugin.name] = plugin
    return plugin


def changed(name: str, since: str, sha256: str, now: Plugin) -> PluginError:
    """The error of a plug-in that is not what it was."""
    return PluginError(
        f"the plug-in {name} has changed since {since}: it was SHA-256 {sha256}, and "
        f"{now.file} is {now.sha256}"
    )


def _of_one_name(known: Plugin, other: Plugin) -> PluginError:
    if known.file == other.file:
        since = "this process executed it, so Python must be started anew"
        return changed(known.name, since, known.sha256, other)
    return PluginError(
        f"plug-ins must have names of their own. Received: two {known.name}, "
        f"{known.file} (SHA-256 {known.sha256}) and {other.file} "
        f"(SHA-256 {other.sha256})"
    )


def _execute(plugin: Plugin) -> None:
    if "keras" not in sys.modules and b"keras" in plugin.file.read_bytes():
        # here, without the notes of native code, since the plug-in may speak
        check_keras()
        with quiet():
            import keras  # noqa: F401
    try:
        if plugin.module is not None:
            module = importlib.import_module(plugin.module)
        else:
            module = _execute_file(plugin)
    except (Exception, SystemExit) as error:
        raise failed(plugin.name, str(plugin.file), error) from error
    _let_keras_save(vars(module), module.__name__, f"plugin-{plugin.sha256[:12]}")


def _let_keras_save(names: Mapping[str, object], module: str, package: str) -> None:
    """Registers the classes that a saved model may hold, where their file does not.

    Else a model would be trained and saved that cannot be loaded.
    """
    if (keras := sys.modules.get("keras")) is None:
        return
    for one in list(names.values()):
        if (
            isinstance(one, type)
            and one.__module__ == module
            and hasattr(one, "get_config")
            and keras.saving.get_registered_name(one) == one.__name__
        ):
            keras.saving.register_keras_serializable(package)(one)


def _execute_file(plugin: Plugin) -> types.ModuleType:
    # the very bytes that were hashed, whatever becomes of the file meanwhile
    file, module = str(plugin.file), types.ModuleType(f"kpoc_plugins.{plugin.name}")
    module.__file__ = file
    sys.modules[module.__name__] = module
    try:
        code = compile(plugin.source, file, "exec", dont_inherit=True)
        exec(code, vars(module))
    except BaseException:
        del sys.modules[module.__name__]
        raise
    return module
