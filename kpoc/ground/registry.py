"""Registries whose entries are files: a new step, source or score is a new module."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from typing import Generic, TypeVar

from kpoc.ground.schema import SchemaError, nearest

Entry = TypeVar("Entry")


class Registry(Generic[Entry]):
    """Things by name, found in the modules of one package.

    What a plug-in registers stands beside them; a name that is taken stays with its
    first owner, and kpoc's own files come first.

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
        self._origins: dict[str, str] = {}
        self._found = False

    def register(self, name: str) -> Callable[[Entry], Entry]:
        """Decorator that enters a class or a function under `name`.

        Raises:
            ValueError: The name is taken.
        """

        def enter(entry: Entry) -> Entry:
            self.add(name, entry, entry.__module__)
            return entry

        return enter

    def add(self, name: str, entry: Entry, origin: str) -> None:
        """Enters a thing under `name`.

        Args:
            name: Its name.
            entry: The thing.
            origin: Full name of the module that it comes from; for errors.

        Raises:
            ValueError: The name is taken.
        """
        if not origin.startswith(f"{self._package}."):
            self._find()
        if name in self._entries:
            # a test may have set the entry by itself
            owner = self._origins.get(name, "another module")
            raise ValueError(
                f"`name` must be new among {self._kind}s. Received: {name!r}, which "
                f"{owner} has registered"
            )
        self._entries[name] = entry
        self._origins[name] = origin

    def names(self) -> list[str]:
        """All names, sorted."""
        self._find()
        return sorted(self._entries)

    def get(self, name: str) -> Entry:
        """The entry registered as `name`.

        Raises:
            SchemaError: No such entry; says what was probably meant.
        """
        if name not in self._entries:
            names = self.names()
            if name not in names:
                raise SchemaError(
                    f"`{self._kind}` must be a known {self._kind}. "
                    f"{nearest(name, names)} Received: {name!r}"
                )
        return self._entries[name]

    def name_of(self, entry: Entry) -> str:
        """The name that an entry is registered under.

        Raises:
            ValueError: It is under none.
        """
        self._find()
        for name, known in self._entries.items():
            if known is entry:
                return name
        raise ValueError(f"`entry` must be a known {self._kind}. Received: {entry!r}")

    def _find(self) -> None:
        """Imports the package's modules, once; each registers what it holds."""
        if self._found:
            return
        package = importlib.import_module(self._package)
        for module in pkgutil.iter_modules(package.__path__):
            importlib.import_module(f"{self._package}.{module.name}")
        self._found = True
