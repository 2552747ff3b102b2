"""A contract test passes over what keeps its promises, and names the broken one."""

from typing import ClassVar

import keras
import numpy as np
import pytest

from kpoc import testing
from kpoc.evaluation.scores.registry import CLASSES, REGRESSION, SCORES, register
from kpoc.losses import _registry
from kpoc.protocols.step import STEPS, Outcome, Step
from kpoc.sources.source import SOURCES, Listing, Source

STEP = {
    "deduplicate": {"labels": ["kind"], "identical": "drop", "contradictory": "drop"},
    "drop": {"where": {"kind": "a"}},
    "keep": {"column": "age", "minimum": 18},
    "limit": {"rows": 20, "by": ["tribe"]},
}


@pytest.mark.parametrize("name", STEP)
def test_steps_keep_the_contract(name):
    testing.check_step(name, **STEP[name])


def test_sources_keep_the_contract(tmp_path):
    testing.check_source("portraits", count=4, size=32)
    for name in ("cat/1.jpg", "cat/2.jpg", "dog/1.jpg", "loose.jpg"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(name.encode())
    testing.check_source("folder", tmp_path)


def test_the_objective_keeps_the_contract():
    testing.check_objective("supervised")


@pytest.fixture
def forgetful(monkeypatch):
    for registry in (SCORES, STEPS, SOURCES):
        registry.names()
        monkeypatch.setattr(registry, "_entries", dict(registry._entries))
    for table in ("_CLASSES", "_SUITS"):
        monkeypatch.setattr(_registry, table, dict(getattr(_registry, table)))


def test_a_loss_that_forgets_an_option_is_found(forgetful):
    @_registry.register("scaled", kinds=("regression",))
    @keras.saving.register_keras_serializable(package="kpoc_tests")
    class Scaled(keras.losses.Loss):
        """A loss whose config leaves out its scale."""

        def __init__(self, scale=2.0, **kwargs):
            super().__init__(**kwargs)
            self.scale = scale

        def call(self, y_true, y_pred):
            off = keras.ops.abs(keras.ops.reshape(y_true, (-1, 1)) - y_pred)
            return self.scale * keras.ops.mean(off, axis=-1)

    testing.check_loss("scaled")
    with pytest.raises(AssertionError, match="scaled .* must be saved with its value"):
        testing.check_loss("scaled", options={"scale": 3.0})


def test_a_score_that_its_metric_does_not_show_is_found(forgetful):
    register(
        "off",
        rows=SCORES.get("mae").rows,
        kinds=REGRESSION,
        better="lower",
        bounds=(0.0, np.inf),
        title="off",
        meaning="how far off",
        metric="rmse",
    )(SCORES.get("mae").finish)
    with pytest.raises(AssertionError, match="off must be what `rmse` gives"):
        testing.check_score("off")


def test_a_score_without_words_is_found(forgetful):
    hits = SCORES.get("accuracy")
    register("plain", rows=hits.rows, kinds=CLASSES, better="higher", bounds=(0, 1))(
        hits.finish
    )
    with pytest.raises(AssertionError, match="plain must have a title and a meaning"):
        testing.check_score("plain")


def test_a_step_that_goes_by_the_order_of_rows_is_found(forgetful):
    @STEPS.register("first")
    class First(Step):
        def apply(self, frame, context):
            return Outcome(frame.head(10))

    with pytest.raises(AssertionError, match="first must not depend on the order"):
        testing.check_step("first")


def test_a_source_with_a_wrong_hash_is_found(forgetful, tmp_path):
    @SOURCES.register("liar")
    class Liar(Source):
        citation: ClassVar[str] = "mine"
        licence: ClassVar[str] = "mine"
        needs_root: ClassVar[bool] = False

        def read(self, root, cache):
            frame = SOURCES.get("folder")().read(tmp_path, cache).frame
            return Listing(frame.assign(sha256="0" * 64), tmp_path)

    (tmp_path / "cat").mkdir()
    (tmp_path / "cat" / "1.jpg").write_bytes(b"1")
    with pytest.raises(AssertionError, match="liar must list the hash of cat/1.jpg"):
        testing.check_source("liar")
