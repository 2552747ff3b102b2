"""What everything promises that Keras saves in a model."""

from __future__ import annotations

import json
from typing import TypeVar

import keras

from kpoc.testing.promises import expect

Thing = TypeVar("Thing")


def restored(thing: Thing, what: str) -> Thing:
    """Makes a thing anew from its config, as loading a model does.

    Args:
        thing: A loss, metric or optimizer.
        what: What it is called, for errors.

    Raises:
        AssertionError: It is not registered under a package of its own, its config is
            no JSON, or what comes back has another config.
    """
    kind = type(thing)
    registered = keras.saving.get_registered_name(kind)
    expect(
        keras.saving.get_registered_object(registered) is kind
        or kind.__module__.startswith("keras."),
        f"{what} must be registered by `keras.saving.register_keras_serializable("
        "package=...)`",
    )
    try:
        saved = keras.saving.serialize_keras_object(thing)
        text = json.dumps(saved, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise AssertionError(
            f"{what} must have a config that is JSON: {error}"
        ) from None
    again = keras.saving.deserialize_keras_object(json.loads(text))
    expect(type(again) is kind, f"{what} must come back as {kind.__name__}")
    expect(
        json.dumps(keras.saving.serialize_keras_object(again)) == text,
        f"{what} must come back with the same config: its `get_config` must give each "
        "argument of its constructor",
    )
    return again
