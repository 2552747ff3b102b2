"""What Keras reads from its surroundings, and what of it may shape a training.

Keras takes its backend from `$KERAS_BACKEND` or from `keras.json` in its home folder,
which also sets the order of the axes and the floats of all projects of a user. The
backend is the user's to choose, and a run says which it was. The rest belongs to a
recipe, whose run must be the same on any machine.
"""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator, Mapping
from importlib.util import find_spec
from pathlib import Path

from kpoc.ground.errors import UserError

BACKENDS = ("tensorflow", "jax", "torch")
"""Those that can train, in the order in which one is chosen; also extras of kpoc."""

_RULES = {
    "floatx": ("float16, float32 or float64", ("float16", "float32", "float64")),
    "image_data_format": (
        "channels_last or channels_first",
        ("channels_last", "channels_first"),
    ),
}


class KerasSettingsError(UserError, ValueError):
    """Settings with which Keras cannot be imported."""


def choose_backend() -> None:
    """Sets `$KERAS_BACKEND` where Keras would take a backend that is not there.

    Without a word of the user's Keras takes TensorFlow, and writes so into its
    `keras.json`. Where that is not installed, the first that is takes its place. Where
    Keras can be imported as it is, nothing is changed.
    """
    if "keras" in sys.modules or os.environ.get("KERAS_BACKEND"):
        return
    if _is_installed("tensorflow"):
        return
    with contextlib.suppress(KerasSettingsError, OSError):
        if _read(config_file()).get("backend", "tensorflow") != "tensorflow":
            return
    if found := next(filter(_is_installed, BACKENDS), None):
        os.environ["KERAS_BACKEND"] = found


def check_keras() -> None:
    """Refuses, before Keras is imported, what its import would fail on.

    Raises:
        KerasSettingsError: `keras.json` is broken, or the backend is none that can
            train, or is not installed; names the file or variable that says so.
    """
    if "keras" in sys.modules:
        return
    file = config_file()
    said = _read(file)
    problems = [
        f"`{key}` in {file} must be {rule}. Received: {said[key]!r}"
        for key, (rule, values) in _RULES.items()
        if key in said and said[key] not in values
    ]
    if not isinstance(said.get("epsilon", 1e-7), float):
        problems.append(
            f"`epsilon` in {file} must be a float. Received: {said['epsilon']!r}"
        )
    backend, where = os.environ.get("KERAS_BACKEND"), "`KERAS_BACKEND`"
    if not backend:
        backend, where = said.get("backend", "tensorflow"), f"`backend` in {file}"
    if not any(map(_is_installed, BACKENDS)):
        ways = " or ".join(f"pip install 'kpoc[{name}]'" for name in BACKENDS)
        problems.append(f"a backend of Keras must be installed: {ways}. Received: none")
    elif backend not in BACKENDS:
        problems.append(
            f"{where} must be one of {', '.join(BACKENDS)}. Received: {backend!r}"
        )
    elif not _is_installed(backend):
        problems.append(
            f"{where} must be installed: pip install 'kpoc[{backend}]'. "
            f"Received: {backend!r}"
        )
    if problems:
        raise KerasSettingsError("; ".join(problems))


@contextlib.contextmanager
def recipe_settings() -> Iterator[None]:
    """Holds Keras' settings at those that recipes are meant for; then they are back.

    So neither `keras.json` nor what a notebook has set changes a training, and a
    training changes nothing of a notebook.
    """
    from keras import config

    held = (
        (config.image_data_format, config.set_image_data_format, "channels_last"),
        (config.floatx, config.set_floatx, "float32"),
        (config.epsilon, config.set_epsilon, 1e-7),
        (config.dtype_policy, config.set_dtype_policy, "float32"),
        (config.max_epochs, config.set_max_epochs, None),
        (config.max_steps_per_epoch, config.set_max_steps_per_epoch, None),
    )
    before = [get() for get, _, _ in held]
    for _, change, value in held:
        change(value)
    try:
        yield
    finally:
        for (_, change, _), value in zip(held, before, strict=True):
            change(value)


def config_file() -> Path:
    """Where Keras looks for `keras.json`."""
    home = os.environ.get("KERAS_HOME")
    if home is None:
        base = os.path.expanduser("~")
        home = os.path.join(base if os.access(base, os.W_OK) else "/tmp", ".keras")
    return Path(os.path.expanduser(home), "keras.json")


def _read(file: Path) -> Mapping:
    import json

    if not file.exists():
        return {}
    try:
        said = json.loads(file.read_text(encoding="utf-8"))
    except ValueError as error:
        raise KerasSettingsError(
            f"{file} must be JSON, as Keras writes it. Received: {error}"
        ) from None
    if not isinstance(said, dict):
        raise KerasSettingsError(
            f"{file} must hold an object, as Keras writes it. Received: "
            f"a {type(said).__name__}"
        )
    return said


def _is_installed(backend: str) -> bool:
    # a folder that is called so, without a package in it, has no origin
    spec = find_spec(backend)
    return spec is not None and spec.origin is not None
