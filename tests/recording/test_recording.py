"""Training loops that are not kpoc's: plain NumPy, and `model.fit` of Keras."""

import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

import kpoc
from kpoc.recording.given import RecordingError
from kpoc.runs.run import Run


@pytest.fixture
def at(workshop, tmp_path):
    """What all recordings here are of, in a folder of runs of their own."""
    return {"task": workshop / "baseline.yaml", "runs": tmp_path / "runs"}


def guesses(run, split, noise=0.0):
    """The mean age and the shares of the tribes of the train rows, in arrays."""
    train, rows = run.rows("train"), run.rows(split)
    tribes = run.classes["tribe"]
    shares = np.bincount(train["tribe"].cat.codes, minlength=len(tribes)) / len(train)
    drawn = np.random.default_rng(0).normal(scale=noise, size=len(rows))
    return {
        "age": np.clip(train["age"].mean() + drawn, 1, 80),
        "kind": np.full(len(rows), (train["kind"] == run.classes["kind"][1]).mean()),
        "tribe": np.tile(shares, (len(rows), 1)),
    }


def recorded(at, name="mine", noise=0.0, **more):
    with kpoc.record(name, **at, **more) as run:
        for epoch in (1, 2):
            run.log(epoch, seconds=1.5, loss=1 / epoch, val_loss=2 / epoch)
        for split in ("validation", "test"):
            assert run.predictions(split, guesses(run, split, noise)) is None
    return run.run


def test_rows_have_labels_unless_they_are_of_the_test_split(at):
    with pytest.raises(KeyError), kpoc.record("mine", **at) as run:
        train = run.rows("train")
        assert list(train) == ["id", "path", "age", "kind", "tribe"]
        assert all(open(path, "rb").read(4) == b"\x89PNG" for path in train["path"][:3])
        truth = run.run.manifest.rows("train")
        assert (train["tribe"].astype(str) == truth["tribe"]).all()
        codes = train["tribe"].cat.codes
        assert [run.classes["tribe"][code] for code in codes] == truth["tribe"].tolist()
        assert list(run.rows("test")) == ["id", "path"]
        raise KeyError("stopped")
    info = run.run.info
    assert (info["status"], info["kind"]) == ("failed", "recorded")
    assert not run.run.is_held


def test_a_plain_loop_leaves_a_run_that_is_compared(at, tmp_path):
    settings = {"rate": 0.1, "layers": [3, 4]}
    first = recorded(at, weights="ImageNet-1k", settings=settings, description="Mine.")
    recorded(at, seed=1, weights="ImageNet-1k", settings=settings, description="Mine.")
    assert Run(first.path).kind == "recorded" and not Run(first.path).missing(
        "comparing"
    )
    assert first.history["val_loss"].tolist() == [2.0, 1.0]
    cost = first.info["cost"]
    assert (cost["epochs"], cost["train_seconds"]) == (2, 3.0)
    assert cost["peak_memory_bytes"] > 10e6
    assert first.info["versions"]["numpy"] == np.__version__
    card = first.card.read_text("utf-8")
    assert "layers (3, 4)" in card and "ImageNet-1k" in card
    assert "How to use it" not in card
    said = (first.path / "recipe.yaml").read_text()
    assert "loss" not in said and "backbone" not in said

    recorded(at, name="other", noise=5.0)
    comparison = kpoc.compare(
        [f"{at['runs']}/mine/*", f"theirs={at['runs']}/other/*"],
        runs=at["runs"],
        out=tmp_path / "out",
        resamples=50,
        primary="age.mae",
        images=False,
    )
    mine, theirs = comparison.to_dict()["sides"]
    assert (mine["name"], theirs["name"]) == ("mine", "theirs")
    assert mine["budget"] == {"epochs": 2, "trainings": 2, "train_seconds": 6.0}
    assert mine["recipe"]["settings"] == settings
    truth = Run(first.path).manifest.rows("test")["age"]
    mean = Run(first.path).manifest.rows("train")["age"].mean()
    [row] = [
        row
        for row in comparison.to_dict()["scores"]
        if (row["side"], row["metric"], row["group"]) == ("mine", "mae", None)
    ]
    assert row["estimate"] == pytest.approx((truth - mean).abs().mean())
    page = comparison.page.read_text("utf-8")
    assert "as recorded" in page and "not trained by kpoc, but recorded" in page
    assert "rate: 0.1" in page and "not said" in page
    assert "ImageNet-1k" in comparison.cards["mine"].read_text("utf-8")


def test_all_that_is_missing_is_named_at_the_end(at):
    with pytest.raises(RecordingError) as caught, kpoc.record("mine", **at) as run:
        pass
    for what in ("an epoch", "of the validation rows", "of the test rows"):
        assert what in str(caught.value)
    assert run.run.info["status"] == "failed"
    assert recorded(at).is_finished  # what had no epoch is not in the way


def test_what_was_recorded_is_not_recorded_over(at):
    run = recorded(at)
    with pytest.raises(RecordingError, match="recorded in"):
        kpoc.record("mine", **at)
    assert recorded(at, settings={"rate": 2.0}).path != run.path


def test_bad_predictions_and_epochs_are_refused_with_what_is_wrong(at):
    with pytest.raises(KeyError), kpoc.record("mine", **at) as run:
        good = guesses(run, "test")
        table = run.rows("test")[["id"]].assign(age=good["age"])
        table["kind.Round"], table["kind.Angular"] = 1 - good["kind"], good["kind"]
        table[[f"tribe.{name}" for name in run.classes["tribe"]]] = good["tribe"]
        for given, *reasons in (
            (table.iloc[2:], "2 test ids are missing"),
            (table.assign(**{"tribe.Birch": 3.0}), r"not in \[0, 1\]", "sum to 1"),
            (
                table.drop(columns="tribe.Oak", errors="ignore").drop(columns="age"),
                "age",
            ),
            ({"age": good["age"][1:], "kin": 0}, "'kin' is no", "shape", "none of the"),
            (table["age"], "a table"),
        ):
            for reason in reasons:
                with pytest.raises(RecordingError, match=reason):
                    run.predictions("test", given)
        with pytest.raises(RecordingError, match="validation ids are missing"):
            run.predictions("validation", table)
        with pytest.raises(RecordingError, match="split"):
            run.predictions("train", good)
        with pytest.raises(RecordingError, match="`epoch` must be 1"):
            run.log(2)
        with pytest.raises(RecordingError, match="loss='low'"):
            run.log(1, loss="low")
        with pytest.raises(RecordingError, match="weight"):
            run.cost(weight=3)
        assert not run.run.predictions_file("test").exists()
        shuffled = table.sample(frac=1.0, random_state=0)
        run.predictions("test", shuffled)
        pd.testing.assert_frame_equal(run.run.predictions("test"), table)
        raise KeyError("stopped")


LOOP = """
import sys
import numpy as np
import torch
import kpoc
from kpoc.pictures.decode import read_image

task, runs = sys.argv[1:]
torch.manual_seed(0)
with kpoc.record("torch", task=task, runs=runs, settings={"rate": 0.01}) as run:
    pictures = {
        split: torch.tensor(
            np.stack([read_image(p)[::4, ::4].ravel() for p in run.rows(split)["path"]])
        ).float() / 255
        for split in ("train", "validation", "test")
    }
    rows = run.rows("train")
    age = torch.tensor(rows["age"].to_numpy()).float()
    kind = torch.tensor(rows["kind"].cat.codes.to_numpy()).long()
    tribe = torch.tensor(rows["tribe"].cat.codes.to_numpy()).long()
    model = torch.nn.Linear(pictures["train"].shape[1], 1 + 2 + 4)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    for epoch in (1, 2, 3):
        out = model(pictures["train"])
        loss = (
            (out[:, 0] * 80 - age).abs().mean() / 10
            + torch.nn.functional.cross_entropy(out[:, 1:3], kind)
            + torch.nn.functional.cross_entropy(out[:, 3:], tribe)
        )
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        run.log(epoch, loss=loss.detach())
    run.cost(parameters=sum(p.numel() for p in model.parameters()))
    with torch.no_grad():
        for split in ("validation", "test"):
            out = model(pictures[split])
            given = {"age": out[:, 0] * 80}
            given |= {"kind": out[:, 1:3].softmax(1), "tribe": out[:, 3:].softmax(1)}
            run.predictions(split, given)
print([name for name in ("keras", "tensorflow", "jax") if name in sys.modules])
"""


@pytest.mark.slow
def test_a_loop_of_pytorch_is_recorded_without_keras(at):
    pytest.importorskip("torch")
    done = subprocess.run(
        [sys.executable, "-c", LOOP, str(at["task"]), str(at["runs"])],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.strip() == "[]", done.stdout + done.stderr
    [folder] = at["runs"].glob("torch/*")
    run = Run(folder)
    assert run.is_finished and not run.missing("comparing")
    assert (run.history["loss"].diff().dropna() < 0).all()
    assert run.info["environment"]["accelerators"] == []
    assert run.info["cost"]["parameters"] == (8 * 8 * 3 + 1) * 7


def test_fit_of_keras_is_recorded_by_a_callback(at):
    import keras

    from kpoc.pictures.decode import read_image

    with kpoc.record("fitted", **at, weights="random") as run:
        pictures, labels = {}, {}
        for split in ("train", "validation", "test"):
            rows = run.rows(split)
            pictures[split] = np.stack([read_image(p)[::4, ::4] for p in rows["path"]])
            if split != "test":
                codes = rows["tribe"].cat.codes.to_numpy()
                kinds = rows["kind"].cat.codes.to_numpy()
                ages = rows["age"].to_numpy()
                labels[split] = {"age": ages, "kind": kinds, "tribe": codes}
        images = keras.Input(pictures["train"].shape[1:])
        flat = keras.layers.Flatten()(keras.layers.Rescaling(1 / 255)(images))
        outputs = {
            "age": keras.layers.Dense(1, name="age")(flat),
            "kind": keras.layers.Dense(1, activation="sigmoid", name="kind")(flat),
            "tribe": keras.layers.Dense(4, activation="softmax", name="tribe")(flat),
        }
        model = keras.Model(images, outputs)
        loss = {"age": "mae", "kind": "binary_crossentropy"}
        loss["tribe"] = "sparse_categorical_crossentropy"
        model.compile("adam", loss, jit_compile=False)
        for _ in range(2):
            model.fit(
                pictures["train"],
                labels["train"],
                validation_data=(pictures["validation"], labels["validation"]),
                verbose=0,
                callbacks=[run.callback()],
            )
        for split in ("validation", "test"):
            given = model.predict(pictures[split], verbose=0)
            run.predictions(split, given)
    history, info = run.run.history, run.run.info
    assert history["epoch"].tolist() == [1, 2]
    assert np.isfinite(history[["loss", "val_loss", "seconds"]]).all(axis=None)
    assert 0 < info["cost"]["train_seconds"] < history["seconds"].sum()
    assert info["cost"]["parameters"] == model.count_params()
    assert info["environment"]["backend"] == keras.backend.backend()
    assert "random" in run.run.card.read_text("utf-8")
