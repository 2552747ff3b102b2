"""The shelf as strangers meet it: names and documentation."""

import doctest
import importlib
import inspect
import pkgutil

import keras
import pytest

from kpoc import optimizers


@pytest.mark.parametrize(
    "name", [module.name for module in pkgutil.iter_modules(optimizers.__path__)]
)
def test_examples_in_the_documentation(name):
    result = doctest.testmod(importlib.import_module(f"kpoc.optimizers.{name}"))
    assert result.failed == 0


@pytest.mark.parametrize("name", optimizers.__all__)
def test_public_names_are_documented_and_registered(name):
    public = getattr(optimizers, name)
    for part in ("Args:", "Raises:", "Example:"):
        assert part in public.__doc__
    for argument in inspect.signature(public).parameters:
        assert f"{argument}:" in public.__doc__
    if isinstance(public, type):
        assert keras.saving.get_registered_name(public) == f"kpoc>{name}"


@pytest.mark.parametrize(
    "name, cls",
    [
        ("sing", optimizers.SING),
        ("LARS", optimizers.LARS),
        ("adam", keras.optimizers.Adam),
        ("AdamW", keras.optimizers.AdamW),
        ("sgd", keras.optimizers.SGD),
    ],
)
def test_get_by_name(name, cls):
    optimizer = optimizers.get(name, learning_rate=0.25, weight_decay=0.5)
    assert isinstance(optimizer, cls)
    config = optimizer.get_config()
    assert (config["learning_rate"], config["weight_decay"]) == (0.25, 0.5)


def test_get_of_other_things():
    optimizer = optimizers.SING()
    assert optimizers.get(optimizer) is optimizer
    again = optimizers.get(keras.optimizers.serialize(optimizer))
    assert again.get_config() == optimizer.get_config()
    with pytest.raises(ValueError, match="Did you mean .*`adamw`.*'adamv'"):
        optimizers.get("adamv")
    with pytest.raises(ValueError, match="`arguments` go with a name"):
        optimizers.get(optimizer, learning_rate=0.1)
