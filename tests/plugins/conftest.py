"""Plug-ins that leave no trace in the process of the tests."""

import sys

import pytest

from kpoc.plugins import loading
from kpoc.plugins.of_run import ALLOWED
from kpoc.protocols.step import STEPS

SHELVES = (
    "kpoc.losses._registry",
    "kpoc.metrics._registry",
    "kpoc.optimizers._registry",
    "kpoc.models.registry",
)


def tables():
    """The dicts that hold what is registered."""
    found = [loading._LOADED, *vars(STEPS).values()]
    for name in SHELVES:
        found += [
            inner
            for value in vars(sys.modules.get(name, object)).values()
            for inner in (value, *getattr(value, "__dict__", {}).values())
            if name in sys.modules
        ]
    return [one for one in found if isinstance(one, dict)]


@pytest.fixture(autouse=True)
def forgotten(monkeypatch):
    """Afterwards nothing is registered, executed or allowed that was not before."""
    monkeypatch.setenv(ALLOWED, "")
    STEPS.names()
    before = [(one, dict(one)) for one in tables()]
    modules = set(sys.modules)
    yield
    for one, content in before:
        one.clear()
        one.update(content)
    for name in set(sys.modules) - modules:
        if name.startswith(("kpoc_plugins.", "their_")):
            del sys.modules[name]
