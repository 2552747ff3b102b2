import importlib.util
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def killing():
    """Functions that kill trainings and read what they leave; see `killing.py`."""
    path = Path(__file__).with_name("killing.py")
    spec = importlib.util.spec_from_file_location("training_killing", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
