"""The examples in the rooms that read saved predictions give what they say."""

import doctest
import importlib
import pkgutil

import pytest

from kpoc import evaluation, report

MODULES = [
    module.name
    for room in (evaluation, report)
    for module in pkgutil.walk_packages(room.__path__, f"{room.__name__}.")
]


@pytest.mark.parametrize("name", MODULES)
def test_examples(name):
    assert doctest.testmod(importlib.import_module(name)).failed == 0
