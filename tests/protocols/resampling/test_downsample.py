"""Down-sampling takes rows of one class from training, and nothing else."""

import numpy as np
import pandas as pd
import pytest

from kpoc.ground.schema import Component, SchemaError
from kpoc.protocols.manifest import Manifest
from kpoc.protocols.resampling import resample


@pytest.fixture
def manifest():
    rng = np.random.default_rng(0)
    n = 400
    table = pd.DataFrame(
        {
            "id": [f"{i:03}" for i in range(n)],
            "path": [f"{i:03}.png" for i in range(n)],
            "split": rng.choice(["train", "validation", "test"], n, p=[0.8, 0.1, 0.1]),
            "stratum": "",
            "sha256": [f"{i:064}" for i in range(n)],
            "tribe": rng.choice(["Cedar", "Birch", "Maple"], n, p=[0.6, 0.3, 0.1]),
            "age": rng.uniform(1, 80, n),
        }
    )
    columns = {"tribe": {"classes": ["Cedar", "Birch", "Maple"]}, "age": {}}
    return Manifest(table, {"columns": columns, "seed": 7})


def downsample(manifest, **parameters):
    return resample(manifest, [Component(name="downsample", **parameters)])


def test_half_of_the_most_frequent_class_leaves_training_alone(manifest):
    after = downsample(manifest, by="tribe", fraction=0.5)
    before = manifest.rows("train")["tribe"].value_counts()
    counts = after.rows("train")["tribe"].value_counts()
    assert before["Cedar"] - counts["Cedar"] == round(before["Cedar"] / 2)
    assert (counts[["Birch", "Maple"]] == before[["Birch", "Maple"]]).all()
    assert after.test_digest == manifest.test_digest
    assert after.rows("validation").equals(manifest.rows("validation"))
    assert after.digest != manifest.digest and after.meta["counts"] == after.counts
    reasons = {entry["reason"] for entry in after.meta["reported"]}
    assert reasons == {"down-sampled (Cedar)"}


def test_which_rows_go_depends_on_no_order_and_hardly_on_other_rows(manifest):
    kept = set(downsample(manifest, by="tribe", fraction=0.5).table["id"])
    shuffled = Manifest(manifest.table.sample(frac=1, random_state=1), manifest.meta)
    assert set(downsample(shuffled, by="tribe", fraction=0.5).table["id"]) == kept
    first = manifest.rows("train")["id"].iloc[0]
    fewer = manifest.without({first: "lost"})
    others = set(downsample(fewer, by="tribe", fraction=0.5).table["id"])
    assert len((kept ^ others) - {first}) <= 1


def test_another_class_can_be_named(manifest):
    after = downsample(manifest, by="tribe", value="Birch", fraction=0.25)
    gone = set(manifest.table["id"]) - set(after.table["id"])
    left_out = manifest.table[manifest.table["id"].isin(gone)]
    assert set(left_out["tribe"]) == {"Birch"} and set(left_out["split"]) == {"train"}


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"by": "tribes", "fraction": 0.5}, r"`by`.*Did you mean `tribe`"),
        ({"by": "age", "fraction": 0.5}, r"`by` must be a class column.*'age'"),
        ({"by": "tribe", "value": "Oak", "fraction": 0.5}, r"`value`.*'Oak'"),
        ({"by": "tribe", "fraction": 1.0}, r"`fraction`"),
    ],
)
def test_what_cannot_be_is_refused(manifest, parameters, message):
    with pytest.raises(ValueError, match=message):
        downsample(manifest, **parameters)


def test_all_wrong_components_are_named_at_once(manifest):
    wrong = [Component(name="downsampel"), Component(name="downsample", part=0.5)]
    with pytest.raises(SchemaError, match=r"(?s)Did you mean `downsample`.*`part`"):
        resample(manifest, wrong)
