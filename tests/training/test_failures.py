"""Trainings that go wrong: what is said, and what is kept."""

import contextlib
import fcntl
import json
import resource

import keras
import pytest

from kpoc.recipe import load_recipe
from kpoc.runs.run import Run, RunError
from kpoc.training.callbacks import BestEpoch, BestWeights
from kpoc.training.plan import make_plan
from kpoc.training.train import train, train_plan


def the_run(folder):
    [file] = folder.rglob("run.json")
    return Run(file.parent)


def test_a_nan_loss_stops_names_the_step_and_keeps_the_weights(workshop, tmp_path):
    # a learning rate that overflows in the second epoch: the first one is good
    recipe = workshop / "baseline.yaml"
    with pytest.raises(RuntimeError, match=r"step 2 of epoch 2.*learning_rate"):
        train(
            recipe,
            runs=tmp_path,
            optimizer={"name": "sgd", "learning_rate": 1e-3, "global_clipnorm": 1.0},
            schedule={"name": "explode_in_epoch_2"},
        )
    run = the_run(tmp_path)
    assert run.info["status"] == "failed"
    assert "epoch 2" in run.info["error"]
    assert len(run.history) == 1
    assert (run.path / "best.weights.h5").stat().st_size > 0


@pytest.fixture(autouse=True)
def explosive_schedule(monkeypatch):
    import keras

    from kpoc.training import schedules

    @keras.saving.register_keras_serializable(package="kpoc_tests")
    class Explosive(keras.optimizers.schedules.LearningRateSchedule):
        def __init__(self, steps):
            self.steps = steps

        def __call__(self, step):
            late = keras.ops.cast(step, "float32") >= self.steps / 2
            return keras.ops.where(late, float("inf"), 1e-3)

        def get_config(self):
            return {"steps": self.steps}

    monkeypatch.setitem(
        schedules.SCHEDULES._entries,
        "explode_in_epoch_2",
        lambda learning_rate, steps: Explosive(steps),
    )


@contextlib.contextmanager
def full_disk(size=4096):
    """A limit on file size stands for the full disk: the write fails half way."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY,) * 2)


def test_a_full_disk_keeps_the_best_weights_that_were_there(tmp_path):
    best = BestEpoch("val_loss", "min")
    model = keras.Sequential([keras.Input((64,)), keras.layers.Dense(64)])
    writer = BestWeights(tmp_path / "best.weights.h5", best, model)
    best.on_epoch_end(0, {"val_loss": 2.0})
    writer.on_epoch_end(0)
    written = writer.path.read_bytes()
    model.set_weights([weight + 1.0 for weight in model.get_weights()])
    best.on_epoch_end(1, {"val_loss": 1.0})
    with full_disk(), pytest.raises(OSError, match="epoch 2, .*the older ones stay"):
        writer.on_epoch_end(1)
    assert writer.path.read_bytes() == written
    assert [file.name for file in tmp_path.iterdir()] == ["best.weights.h5"]


def test_a_run_in_progress_is_not_started_twice(workshop, tmp_path):
    plan = make_plan(workshop / "baseline.yaml", runs=tmp_path)
    plan.run.path.parent.mkdir(parents=True)
    lock = plan.run.path.with_name(f".{plan.run.path.name}.lock")
    with open(lock, "w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        with pytest.raises(RunError, match="another process"):
            train_plan(plan)


def test_what_an_interrupted_training_left_is_moved_aside(workshop, tmp_path):
    plan = make_plan(workshop / "baseline.yaml", runs=tmp_path)
    plan.run.path.mkdir(parents=True)
    (plan.run.path / "run.json").write_text(json.dumps({"status": "running"}))
    (plan.run.path / "best.weights.h5").write_text("precious")
    aside = plan.run.start(plan.recipe, plan.manifest, {})
    assert aside == plan.run.path.with_name(f"{plan.run.path.name}.unfinished1")
    assert (aside / "best.weights.h5").read_text() == "precious"
    assert plan.run.info["status"] == "running"


def test_unreadable_images_are_listed_or_skipped_and_counted(workshop, tmp_path):
    plan = make_plan(workshop / "baseline.yaml", runs=tmp_path)
    manifest = plan.manifest
    copy = tmp_path / "images"
    for path, relative in zip(manifest.paths(), manifest.table["path"], strict=True):
        target = copy / relative
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(path.read_bytes())
    manifest.meta["root"] = str(copy)
    names = manifest.table["id"].iloc[[3, 17]].tolist()
    for name in names:
        (copy / name).write_bytes(b"\x89PNG\r\n\x1a\n cut off")

    from kpoc.training.plan import UnreadableImages, readable

    with pytest.raises(UnreadableImages, match="2 image") as error:
        readable(manifest, "error")
    assert all(name in str(error.value) for name in names)
    kept = readable(manifest, "skip")
    assert len(kept) == len(manifest) - 2
    assert {entry["name"] for entry in kept.meta["reported"]} >= set(names)


@pytest.mark.parametrize(
    ("changes", "parts"),
    [
        ({"optimizer": {"name": "adm", "learning_rate": 1e-3}}, ["adam"]),
        ({"optimizer": {"name": "sgd"}}, ["`optimizer.learning_rate`", "None"]),
        ({"schedule": {"name": "cosine"}}, ["warmup_cosine", "'cosine'"]),
        ({"schedule": {"name": "warmup_cosine", "warm": 1}}, ["warmup", "warm"]),
        ({"schedule": {"name": "warmup_cosine", "warmup": "x"}}, ["`schedule`", "'x'"]),
        (
            {"task": {"targets": {"tribe": {"loss": {"name": "lmf", "alfa": 1}}}}},
            ["task.targets.tribe.loss", "alfa"],
        ),
        (
            {"task": {"targets": {"tribe": {"metrics": ["macro_f1", "AUC", "f1"]}}}},
            ["'tribe'", "['AUC', 'f1']", "'balanced_accuracy'"],
        ),
        ({"batch_size": 1000}, ["`batch_size`", "160", "1000"]),
        ({"early_stopping": {"monitor": "val_lss", "patience": 1}}, ["val_loss"]),
        ({"task": {"targets": {"age": {"range": [30, 80]}}}}, ["age", "30"]),
    ],
)
def test_bad_recipes_end_with_an_error_that_names_the_key(
    workshop, tmp_path, changes, parts
):
    with pytest.raises(ValueError) as error:
        train(workshop / "baseline.yaml", runs=tmp_path, epochs=1, **changes)
    for part in parts:
        assert part in str(error.value)


def test_bad_augmentations_are_refused_before_anything_is_written(workshop, tmp_path):
    bad = ["random_flop", {"name": "random_erasing", "p": 3}]
    with pytest.raises(ValueError, match=r"2 problem\(s\)[^$]*random_flip[^$]*`p`"):
        train(workshop / "baseline.yaml", runs=tmp_path / "runs", augmentation=bad)
    assert not (tmp_path / "runs").exists()


def test_missing_weights_are_an_error_not_a_fallback(workshop, tmp_path):
    recipe = load_recipe(workshop / "baseline.yaml", {"model.weights": "gone.h5"})
    with pytest.raises(FileNotFoundError, match=r"gone\.h5"):
        train(recipe, runs=tmp_path)
