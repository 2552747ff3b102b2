"""What a training learns, and metrics by group within it."""

import numpy as np
import pytest

import kpoc
from kpoc.ground.schema import SchemaError
from kpoc.recipe import load_recipe
from kpoc.runs.run import Run
from kpoc.training.objective import objective_of

WATCH = [
    {"name": "group_accuracy", "by": "tribe", "summary": "worst"},
    {"name": "group_accuracy", "by": "kind", "summary": "gap"},
]


@pytest.fixture(scope="module")
def watched(workshop, tmp_path_factory):
    return kpoc.train(
        workshop / "baseline.yaml",
        runs=tmp_path_factory.mktemp("runs"),
        epochs=2,
        task={"targets": {"tribe": {"watch": WATCH}}},
        early_stopping={
            "monitor": "val_tribe_group_accuracy_worst_tribe",
            "mode": "max",
            "patience": 5,
        },
    )


def test_metrics_by_group_are_those_of_the_predictions(watched):
    truth = watched.manifest.rows("validation")
    table = watched.predictions("validation").set_index("id").loc[truth["id"]]
    classes = watched.recipe.task.targets["tribe"].classes
    scores = table[[f"tribe.{name}" for name in classes]].to_numpy()
    right = np.array(classes)[scores.argmax(1)] == truth["tribe"].to_numpy()
    history = watched.history.iloc[watched.info["best_epoch"] - 1]
    by_tribe = truth.assign(right=right).groupby("tribe")["right"].mean()
    by_kind = truth.assign(right=right).groupby("kind")["right"].mean()
    found = history["val_tribe_group_accuracy_worst_tribe"]
    assert found == pytest.approx(by_tribe.min(), abs=1e-6)
    gap = history["val_tribe_group_accuracy_gap_kind"]
    assert gap == pytest.approx(by_kind.max() - by_kind.min(), abs=1e-6)


def test_the_epoch_is_kept_that_the_worst_group_chooses(watched):
    worst = watched.history["val_tribe_group_accuracy_worst_tribe"]
    assert watched.info["best_epoch"] == worst.argmax() + 1


def test_what_is_watched_changes_no_weight(watched, run_folder):
    plain = Run(run_folder)
    for name in ("loss", "val_loss", "tribe_loss"):
        same = watched.history[name].to_numpy() == plain.history[name].to_numpy()
        assert same.all(), name


def test_objectives_are_known_by_name_and_parameters():
    with pytest.raises(SchemaError, match="known objective. Did you mean `supervised`"):
        objective_of(load_recipe("portraits/baseline", {"objective": "supervise"}))
    change = {"objective": {"name": "supervised", "views": 2}}
    with pytest.raises(SchemaError, match="`views` is not a known key"):
        objective_of(load_recipe("portraits/baseline", change))
    with pytest.raises(SchemaError, match="must say `by`"):
        load_recipe(
            "portraits/baseline", {"task.targets.kind.watch": ["group_accuracy"]}
        )
