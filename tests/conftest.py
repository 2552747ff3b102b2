import os
from pathlib import Path

import pytest

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")


def pytest_addoption(parser):
    parser.addoption("--runslow", action="store_true", help="run the slow tests too")


def pytest_collection_modifyitems(config, items):
    reasons = {
        "slow": None if config.getoption("--runslow") else "needs --runslow",
        "realdata": None if os.environ.get("KPOC_DATA") else "needs KPOC_DATA",
    }
    for item in items:
        for marker, reason in reasons.items():
            if reason and marker in item.keywords:
                item.add_marker(pytest.mark.skip(reason=reason))


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of real images; tests that use it are marked `realdata`."""
    return Path(os.environ["KPOC_DATA"])
