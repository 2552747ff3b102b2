"""Sampling: what an epoch and each batch hold, by counting."""

import numpy as np
import pandas as pd
import pytest

from kpoc.batches.pipeline import Rows, training_batches
from kpoc.batches.sampling import make_sampler
from kpoc.ground.schema import Component, SchemaError
from kpoc.protocols.manifest import Manifest
from kpoc.training.plan import make_plan

BATCH = 24


@pytest.fixture(scope="module")
def manifest():
    rng = np.random.default_rng(0)
    n = 1200
    table = pd.DataFrame(
        {
            "id": [f"{i:04}" for i in range(n)],
            "path": [f"{i:04}.png" for i in range(n)],
            "split": rng.choice(["train", "validation", "test"], n, p=[0.8, 0.1, 0.1]),
            "stratum": "",
            "sha256": [f"{i:064}" for i in range(n)],
            "tribe": rng.choice(["Cedar", "Birch", "Maple"], n, p=[0.7, 0.25, 0.05]),
            "kind": rng.choice(["Round", "Angular"], n, p=[0.8, 0.2]),
            "age": rng.uniform(1, 80, n),
        }
    )
    columns = {
        "tribe": {"classes": ["Cedar", "Birch", "Maple"]},
        "kind": {"classes": ["Round", "Angular"]},
        "age": {"range": [0, 80]},
    }
    return Manifest(table, {"columns": columns})


def sampler(manifest, name, *by):
    return make_sampler(Component(name=name, by=list(by)), manifest)


def counts(cells, order):
    """Rows of each cell in each batch, (batches, cells)."""
    batches = order[: len(order) // BATCH * BATCH].reshape(-1, BATCH)
    names = np.unique(cells)
    return np.array([[(cells[b] == name).sum() for name in names] for b in batches])


def test_balanced_batches_hold_every_cell_equally_often(manifest):
    rows = manifest.rows("train")
    cells = (rows["tribe"] + rows["kind"]).to_numpy()
    sizes = rows.groupby(["tribe", "kind"]).size()
    assert len(sizes) == 6 and sizes.min() < 15
    order = sampler(manifest, "balanced", "tribe", "kind").order(seed=3, epoch=2)
    assert len(order) == len(rows) and order.dtype == np.int64
    assert (counts(cells, order) == BATCH / 6).all()
    shown = np.bincount(order, minlength=len(rows))
    for cell in np.unique(cells):
        # as evenly as whole numbers allow, over the rows of the cell
        assert np.ptp(shown[cells == cell]) <= 1


def test_an_epoch_shows_another_part_of_a_large_cell(manifest):
    rows = manifest.rows("train")
    large = np.flatnonzero((rows["tribe"] == "Cedar") & (rows["kind"] == "Round"))
    drawn = sampler(manifest, "balanced", "tribe", "kind")
    epochs = [set(drawn.order(0, epoch)) & set(large) for epoch in range(30)]
    assert len(epochs[0]) == pytest.approx(len(rows) / 6, abs=1)
    assert epochs[0] != epochs[1]
    assert set().union(*epochs) == set(large)


def test_stratified_epochs_hold_each_row_once_and_batches_its_share(manifest):
    rows = manifest.rows("train")
    order = sampler(manifest, "stratified", "tribe").order(seed=3, epoch=2)
    assert sorted(order) == list(range(len(rows)))
    found = counts(rows["tribe"].to_numpy(), order)
    share = rows["tribe"].value_counts(normalize=True).sort_index().to_numpy()
    assert np.abs(found - BATCH * share).max() < 2
    shuffled = counts(
        rows["tribe"].to_numpy(), np.random.default_rng(0).permutation(order)
    )
    assert np.abs(shuffled - BATCH * share).max() > 4


@pytest.mark.parametrize("name", ["balanced", "stratified"])
def test_seed_and_epoch_decide_and_nothing_else(manifest, name):
    order = sampler(manifest, name, "tribe").order
    np.testing.assert_array_equal(
        order(1, 7), sampler(manifest, name, "tribe").order(1, 7)
    )
    assert not np.array_equal(order(1, 7), order(1, 8))
    assert not np.array_equal(order(1, 7), order(2, 7))


def test_batches_of_images_labels_and_weights_are_of_the_rows_drawn(manifest):
    n = len(manifest.rows("train"))
    labels = {"age": np.arange(n, dtype="float32")}
    weights = {"age": labels["age"] + 0.5}
    pixels = np.arange(n, dtype="uint16").view("uint8").reshape(n, 1, 1, 2)
    pixels = np.concatenate([pixels, pixels[..., :1]], axis=-1)
    drawn = sampler(manifest, "balanced", "tribe", "kind")
    rows = Rows([""] * n, labels, 1, pixels, weights, drawn)
    steps = n // BATCH
    batches = training_batches(rows, BATCH, seed=5, epochs=3, first_step=steps + 2)
    batches = [
        [np.asarray(batch[0]), batch[1]["age"], batch[2]["age"]] for batch in batches
    ]
    assert len(batches) == 2 * steps - 2
    expected = np.concatenate(
        [
            drawn.order(5, 1)[2 * BATCH : steps * BATCH],
            drawn.order(5, 2)[: steps * BATCH],
        ]
    )
    images, ages, weighed = (
        np.concatenate(part) for part in zip(*batches, strict=True)
    )
    np.testing.assert_array_equal(ages, expected)
    np.testing.assert_array_equal(weighed, expected + 0.5)
    np.testing.assert_array_equal(images, pixels[expected])


def test_what_cannot_be_is_refused_before_the_training(manifest, workshop, monkeypatch):
    with pytest.raises(SchemaError, match="Did you mean `tribe`.*Received: ..tribes"):
        sampler(manifest, "balanced", "tribes", "age")
    with pytest.raises(SchemaError, match="each column once"):
        sampler(manifest, "balanced", "tribe", "tribe")
    with pytest.raises(SchemaError, match="Did you mean `balanced`"):
        sampler(manifest, "balance", "tribe")
    monkeypatch.chdir(workshop)
    change = {"sampling": {"name": "balanced", "by": ["age"]}}
    with pytest.raises(SchemaError, match="class columns.*Received: ..age"):
        make_plan("baseline.yaml", overrides=change)
