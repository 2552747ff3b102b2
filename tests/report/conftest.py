import importlib.util
from pathlib import Path

import pytest


def _load(name):
    path = Path(__file__).with_name(f"{name}.py")
    spec = importlib.util.spec_from_file_location(f"report_{name}", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def make_comparison():
    """Builds comparisons: `make_comparison(seed, sides, classes, seeds, ...)`."""
    return _load("comparisons").make_comparison


@pytest.fixture(scope="session")
def chromium_module():
    return _load("chromium")
