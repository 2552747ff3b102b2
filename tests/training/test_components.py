"""What a recipe names becomes the object that it means."""

import dataclasses
from types import SimpleNamespace

import keras
import numpy as np
import pytest

from kpoc import losses
from kpoc.evaluation.scores.registry import SCORES
from kpoc.losses import _registry
from kpoc.recipe import load_recipe
from kpoc.recipe.loss_names import loss_names
from kpoc.training.components import make_losses, make_metrics, make_optimizer
from kpoc.training.recipe_checks import log_names
from kpoc.training.xla import decide_xla
from tuning.objective import make_objective

KINDS = {"age": "regression", "gender": "binary", "ethnicity": "categorical"}


@pytest.fixture(scope="module")
def labels():
    rng = np.random.default_rng(0)
    return {
        "age": np.log(rng.uniform(1, 80, 200)).astype("float32"),
        "gender": rng.choice(2, 200, p=[0.7, 0.3]).astype("int32"),
        "ethnicity": rng.choice(4, 200, p=[0.5, 0.3, 0.05, 0.15]).astype("int32"),
    }


def test_the_new_method_counts_the_classes_of_the_training_rows(labels):
    made = make_losses(load_recipe("faces/lmf_denseweight"), labels)
    config = made["ethnicity"].get_config()
    assert config["class_counts"] == np.bincount(labels["ethnicity"]).tolist()
    assert (config["alpha"], config["beta"], config["gamma"]) == (2.5, 0.05, 4.0)
    weights = losses.DenseWeight(alpha=0.25).fit(labels["age"])(labels["age"])
    predicted = np.zeros_like(labels["age"])
    expected = np.mean(weights * np.abs(predicted - labels["age"]))
    value = float(made["age"](labels["age"][:, None], predicted[:, None]))
    assert value == pytest.approx(expected, rel=1e-3)


def _outputs(target, labels):
    """Labels as the training gives them, and outputs from bad to good."""
    if target.kind == "regression":
        ends = np.array([[labels.min()], [labels.max()]])
        return ends, [ends[::-1], (ends + ends.mean()) / 2, ends]
    codes = np.arange(len(target.classes))[:, None]
    good = codes * 2.0 - 1.0 if target.kind == "binary" else np.eye(len(codes))
    return codes, [-good, 0 * good, good]


@pytest.mark.parametrize(
    ("name", "loss"),
    [(name, loss) for name, kind in KINDS.items() for loss in loss_names(kind)],
)
def test_a_loss_that_a_recipe_may_name_falls_as_outputs_get_better(labels, name, loss):
    recipe = load_recipe("faces/baseline", {f"task.targets.{name}.loss": loss})
    made = make_losses(recipe, labels)[name]
    truth, outputs = _outputs(recipe.task.targets[name], labels[name])
    values = [float(made(truth, one.astype("float32"))) for one in outputs]
    assert np.all(np.diff(values) < 0), values


def test_losses_of_kpoc_for_labels_are_known_to_recipes():
    known = {name for kind in KINDS.values() for name in loss_names(kind)}
    assert set(_registry.names()) - known == {"dino", "nt_xent"}


def test_the_baseline_takes_logits(labels):
    made = make_losses(load_recipe("faces/baseline"), labels)
    logits = np.array([[2.0], [-1.0]], "float32")
    truth = np.array([[1.0], [1.0]], "float32")
    expected = np.mean(np.log1p(np.exp(-logits)))
    assert float(made["gender"](truth, logits)) == pytest.approx(expected, rel=1e-6)


def test_the_figures_of_the_dog_recipes_are_watched_in_training():
    made = make_metrics(load_recipe("dogs28/vit"))["breed"]
    assert [m.name for m in made] == ["accuracy", "top3", "cross_entropy", "macro_f1"]
    logits = np.zeros((4, 28), "float32")
    logits[:, 5] = 3.0
    logits[:, 6] = 2.0
    logits[1:, 9] = 1.0
    for metric in made[:3]:
        metric.update_state([5, 6, 9, 0], logits)
    values = [float(metric.result()) for metric in made[:3]]
    p = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
    loss = -np.log(p[range(4), [5, 6, 9, 0]]).mean()
    np.testing.assert_allclose(values, [1 / 4, 3 / 4, loss], rtol=1e-6)


def test_age_is_shown_in_years_clipped_to_its_range():
    [years] = make_metrics(load_recipe("faces/baseline"))["age"]
    years.update_state(np.log([[20.0], [70.0]]), np.log([[25.0], [300.0]]))
    assert years.name == "mae"
    assert float(years.result()) == pytest.approx((5 + 10) / 2, rel=1e-5)


def test_the_learning_rate_rises_and_falls_as_the_recipe_says():
    recipe = load_recipe(
        "faces/baseline",
        {"optimizer.learning_rate": 2e-3, "schedule": {"warmup": 0.1}},
    )
    schedule = make_optimizer(recipe, steps=100)._learning_rate
    assert float(schedule(0)) == 0.0
    assert float(schedule(5)) == pytest.approx(1e-3)
    assert float(schedule(10)) == pytest.approx(2e-3)
    assert float(schedule(55)) == pytest.approx(1e-3)
    assert float(schedule(100)) == pytest.approx(0.0, abs=1e-9)


def test_optimizers_take_their_own_parameters():
    recipe = load_recipe(
        "faces/baseline",
        {
            "optimizer": {"name": "adamw", "learning_rate": 1e-4, "weight_decay": 0.1},
            "schedule": "constant",
        },
    )
    optimizer = make_optimizer(recipe, steps=10)
    assert isinstance(optimizer, keras.optimizers.AdamW)
    assert optimizer.weight_decay == 0.1
    assert float(optimizer.learning_rate) == pytest.approx(1e-4)


@pytest.mark.parametrize(
    ("requested", "devices", "faster", "used"),
    [
        ("auto", [], False, False),
        ("auto", [], True, True),
        ("auto", ["gpu:0"], False, True),
        (True, [], False, True),
        (False, ["gpu:0"], True, False),
    ],
)
def test_xla_is_decided_and_the_reason_is_kept(requested, devices, faster, used):
    decision = decide_xla(requested, devices, faster)
    assert decision["used"] is used
    assert decision["requested"] == requested and decision["why"]


def test_jax_and_torch_leave_no_choice_of_xla():
    assert decide_xla("auto", [], False, backend="jax")["used"] is True
    assert decide_xla("auto", ["gpu:0"], True, backend="torch")["used"] is False
    assert decide_xla(True, [], False, backend="jax")["used"] is True
    with pytest.raises(ValueError, match="auto or true .* jax.*Received: False"):
        decide_xla(False, [], False, backend="jax")
    with pytest.raises(ValueError, match="auto or false .* torch.*Received: True"):
        decide_xla(True, [], False, backend="torch")


def test_a_score_that_no_metric_shows_is_scored_at_the_end_alone(monkeypatch):
    hidden = dataclasses.replace(SCORES.get("accuracy"), name="hidden", metric=None)
    monkeypatch.setitem(SCORES._entries, "hidden", hidden)
    metrics = {"task.targets.ethnicity.metrics": ["macro_f1", "hidden"]}
    recipe = load_recipe("faces/baseline", metrics)
    assert [m.name for m in make_metrics(recipe)["ethnicity"]] == ["macro_f1"]
    assert not [log for log in log_names(recipe) if "hidden" in log]
    aim = SimpleNamespace(range=None, weight=1.0)
    space = SimpleNamespace(objectives={"ethnicity.hidden": aim})
    assert "must be scores that training shows" in make_objective(space, recipe)[1][0]
