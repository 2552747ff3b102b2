"""From the word that names a plug-in to its file and what identifies it."""

from __future__ import annotations

import hashlib
import importlib.util
from dataclasses import dataclass
from functools import cache
from importlib import metadata
from importlib.machinery import ModuleSpec
from pathlib import Path

from kpoc.ground.hashing import file_sha256
from kpoc.ground.schema import nearest
from kpoc.plugins.errors import PluginError, failed

GROUP = "kpoc.plugins"
"""The group of entry points by which installed packages offer plug-ins."""


@dataclass(frozen=True)
class Plugin:
    """A plug-in that was found.

    Attributes:
        name: A file's name without its ending, or that of the entry point or module.
        file: Its file, for a package the `__init__.py`.
        sha256: Of the file, or of all Python files of a package, in hex.
        source: The file's content where it is not installed, else None.
        module: The module to import where it is installed, else None.
        version: Of the distribution whose entry point it is, else None.
    """

    name: str
    file: Path
    sha256: str
    source: bytes | None = None
    module: str | None = None
    version: str | None = None


def is_file_name(word: str) -> bool:
    """Whether a word names a plug-in by its file; else it is installed.

    Example:
        >>> is_file_name("my_method.py"), is_file_name("their_package.losses")
        (True, False)
    """
    return word.endswith(".py") or "/" in word


def find(word: str) -> Plugin:
    """The plug-in that a word names.

    Args:
        word: The path of a `.py` file, the name of an entry point of the group
            `kpoc.plugins`, or that of a module that can be imported.

    Raises:
        PluginError: There is none; says what there is.
    """
    return _of_file(Path(word)) if is_file_name(word) else _installed(word)


def _of_file(path: Path) -> Plugin:
    path = path.absolute()
    if path.suffix != ".py" or not path.is_file():
        raise PluginError(
            f"`plugins` must be .py files that are there. Received: {path}"
            + _beside(path)
        )
    source = path.read_bytes()
    return Plugin(path.stem, path, hashlib.sha256(source).hexdigest(), source)


def _beside(path: Path) -> str:
    if not path.parent.is_dir():
        return f", but there is no folder {path.parent}"
    names = sorted(file.name for file in path.parent.glob("*.py"))
    return f"; {nearest(path.name, names)}" if names else "; no .py file lies there"


@cache
def _entry_points() -> metadata.EntryPoints:
    return metadata.entry_points(group=GROUP)


def _installed(word: str) -> Plugin:
    offered = _entry_points()
    named = [entry for entry in offered if entry.name == word]
    module = named[0].module if named else word
    spec = _spec(word, module)
    if spec is None or not (spec.origin or "").endswith(".py"):
        known = nearest(word, offered.names) if offered else "None is installed."
        raise PluginError(
            "`plugins` must be .py files, entry points of installed packages or "
            f"modules that can be imported. {known} Received: {word!r}"
        )
    file = Path(spec.origin)
    version = named[0].dist.version if named and named[0].dist else None
    return Plugin(word, file, _installed_sha256(file), module=module, version=version)


def _spec(name: str, module: str) -> ModuleSpec | None:
    try:
        return importlib.util.find_spec(module)
    except ModuleNotFoundError:
        return None
    except (Exception, SystemExit) as error:
        # of the packages around it
        raise failed(name, module, error) from error


def _installed_sha256(file: Path) -> str:
    if file.name != "__init__.py":
        return file_sha256(file)
    of_all = hashlib.sha256()
    for part in sorted(file.parent.rglob("*.py")):
        name = part.relative_to(file.parent).as_posix()
        of_all.update(f"{name}\x1f{file_sha256(part)}\n".encode())
    return of_all.hexdigest()
