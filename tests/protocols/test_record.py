import numpy as np
import pandas as pd
import pytest

from kpoc.protocols.build import build_manifest
from kpoc.protocols.manifest import Column
from kpoc.protocols.protocol import Protocol
from kpoc.protocols.record import (
    MOST_LEVELS,
    Recorder,
    bin_edges,
    class_counts,
    class_table,
)

COUNT = 300
PROTOCOL = Protocol(
    name="few",
    source={"name": "portraits", "count": COUNT, "size": 16},
    columns={
        "age": {"range": [1.0, 80.0]},
        "kind": {"classes": ["Round", "Angular"]},
        "tribe": {"classes": ["Cedar", "Birch", "Maple", "Willow"]},
        "age_band": {"classes": ["1-40", "41-80"]},
    },
    steps=[
        {"name": "band", "column": "age", "into": "age_band"}
        | {"first": 1, "last": 80, "width": 40},
        {"name": "test", "rows": 2, "by": ["kind", "tribe"]},
        {"name": "remove", "where": {"tribe": "Maple"}, "fraction": 0.75},
        {"name": "split", "train": 0.8, "validation": 0.2, "stratify": ["tribe"]},
    ],
)


@pytest.fixture(scope="module")
def portraits(tmp_path_factory):
    return build_manifest(PROTOCOL, cache=tmp_path_factory.mktemp("cache"))


def steps(manifest):
    return {step["name"]: step for step in manifest.meta["steps"]}


def test_every_step_knows_its_labels(portraits):
    from kpoc.sources.kinds.portraits import labels

    drawn, found = labels(COUNT, 0), steps(portraits)
    source = found["source"]["labels"]
    assert source["tribe"]["classes"] == {
        tribe: int((drawn["tribe"] == tribe).sum())
        for tribe in ("Cedar", "Birch", "Maple", "Willow")
    }
    assert "age_band" not in source  # made by a later step
    ages = found["source"]["labels"]["age"]
    oldest = int(drawn["age"].max())
    assert ages["edges"] == [age - 0.5 for age in range(1, oldest + 2)]
    assert ages["counts"] == np.bincount(drawn["age"].astype(int))[1:].tolist()
    for step in portraits.meta["steps"]:
        for rows in step["labels"].values():
            counts = rows.get("classes", {}).values() or rows["counts"]
            assert sum(counts) == step["counts"]["rows"]
    removed = found["remove"]["labels"]["tribe"]["classes"]["Maple"]
    maple = int((drawn["tribe"] == "Maple").sum())
    assert (
        removed
        == maple - found["remove"]["notes"]["removed"]
        == maple - round(0.75 * maple)
    )


def test_a_pair_is_counted_once_when_both_are_there(portraits):
    found = steps(portraits)
    pairs = {
        name: [table["columns"] for table in step["tables"]]
        for name, step in found.items()
    }
    assert pairs["source"] == [["kind", "tribe"]]
    assert pairs["band"] == [["kind", "age_band"], ["tribe", "age_band"]]
    assert pairs["split"] == pairs["test"] == []
    [table] = found["source"]["tables"]
    assert np.sum(table["counts"]) == COUNT
    assert np.sum(table["counts"], axis=0).tolist() == list(
        found["source"]["labels"]["tribe"]["classes"].values()
    )


def test_the_record_survives_the_file(portraits, tmp_path):
    portraits.save(tmp_path / "m.parquet")
    assert (
        type(portraits).load(tmp_path / "m.parquet").meta["steps"]
        == (portraits.meta["steps"])
    )


@pytest.mark.parametrize(
    ("values", "edges"),
    [
        ([7.0], [6.5, 7.5]),
        ([3.0, 1.0], [0.5, 1.5, 2.5, 3.5]),
        ([0.0, 0.5], np.linspace(0, 0.5, 41)),
        ([0.0, 120.0], np.linspace(0, 120, 41)),
        ([0.25], np.linspace(-0.25, 0.75, 41)),
    ],
)
def test_bins(values, edges):
    assert bin_edges(np.array(values)) == pytest.approx(edges)


def test_bins_stay_the_same_and_missing_values_are_in_none():
    frame = pd.DataFrame({"split": "", "x": [0.5, 9.0, np.nan, 3.25]})
    recorder = Recorder({"x": Column(range=[0, 10])})
    before = recorder.record("a", {}, frame, {})["labels"]["x"]
    after = recorder.record("b", {}, frame[1:3], {})["labels"]["x"]
    assert sum(before["counts"]) == 3 and sum(after["counts"]) == 1
    assert before["edges"] == after["edges"]


def test_many_classes_are_cut_and_many_cells_left_out():
    names = pd.Series([f"breed {i}" for i in range(500) for _ in range(1 + (i == 7))])
    counts = class_counts(names, Column())
    assert len(counts) == MOST_LEVELS and next(iter(counts)) == "breed 7"
    frame = pd.DataFrame({"a": names, "b": names})
    assert class_table(frame, ("a", "b"), {"a": Column(), "b": Column()}) is None
