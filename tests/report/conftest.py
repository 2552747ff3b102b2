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
    comparisons, images = _load("comparisons"), _load("images")

    def make(slim=False, **options):
        made = comparisons.make_comparison(slim=slim, **options)
        return made if slim else images.add(made)

    return make


@pytest.fixture(scope="session")
def make_thumbnails():
    """Makes the pictures of the rows that `make_comparison` names."""
    return _load("images").thumbnails


@pytest.fixture(scope="session")
def chromium_module():
    return _load("chromium")


@pytest.fixture(scope="session")
def card_runs():
    """Makes run directories without training: `card_runs.make_run(folder, ...)`."""
    return _load("card_runs")
