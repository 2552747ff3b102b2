"""Registries whose entries are files: a new step or source is a new module."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from typing import Generic, TypeVar

from kpoc.ground.schema import SchemaError, nearest

Entry = TypeVar("Entry", bound=type)


class Registry(Generic[Entry]):
    """Classes by name, found in the modules of one package.

    Args:
        kind: What an entry is, in the singular; for errors.
        package: Full name of the package whose modules hold the entries.

    Example:
        >>> from kpoc.protocols.step import STEPS
        >>> "split" in STEPS.names()
        True
    """

    def __init__(self, kind: str, package: str):
        self._kind = kind
        self._package = package
        self._entries: dict[str, Entry] = {}

    def register(self, name: str) -> Callable[[Entry], Entry]:
        """Decorator that enters a class under `name`.

        Raises:
            ValueError: The name is taken by another class.
        """

        def enter(entry: Entry) -> Entry:
            if name in self._entries:
                raise ValueError(
                    f"`name` of a {self._kind} must be new. Received: {name!r}"
                )
            self._entries[name] = entry
            return entry

        return enter

    def names(self) -> list[str]:
        """All names, sorted."""
        package = importlib.import_module(self._package)
        for module in pkgutil.iter_modules(package.__path__):
            importlib.import_module(f"{self._package}.{module.name}")
        return sorted(self._entries)

    def get(self, name: str) -> Entry:
        """The class registered as `name`.

        Raises:
            SchemaError: No such entry; says what was probably meant.
        """
        names = self.names()
        if name not in self._entries:
            raise SchemaError(
                f"`name` must be a known {self._kind}. {nearest(name, names)} "
                f"Received: {name!r}"
            )
        return self._entries[name]
