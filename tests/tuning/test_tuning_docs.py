"""The examples in the search's own modules give what they say."""

import doctest
import importlib
import pkgutil

import pytest

import tuning

MODULES = [
    module.name
    for module in pkgutil.walk_packages(tuning.__path__, "tuning.")
    if not module.name.endswith(("__main__", "working"))
]


@pytest.mark.parametrize("name", MODULES)
def test_examples(name):
    flags = doctest.ELLIPSIS
    assert doctest.testmod(importlib.import_module(name), optionflags=flags).failed == 0
