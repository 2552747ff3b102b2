"""Every step against its definition, and the promises that all of them make."""

import itertools

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kpoc.ground.hashing import stable_hash
from kpoc.ground.schema import SchemaError, validate
from kpoc.protocols.manifest import Column
from kpoc.protocols.step import STEPS, Context, ProtocolError

COLUMNS = {"kind": Column(classes=["a", "b"]), "tribe": Column(classes=["x", "y"])}
CONTEXT = Context(seed=3, salt="salt", columns=COLUMNS)


def frame(n=200, seed=0):
    rng = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "id": [f"{i}.png" for i in range(n)],
            "path": [f"{i}.png" for i in range(n)],
            "sha256": [f"{i:064x}" for i in range(n)],
            "age": rng.integers(1, 81, n).astype(float),
            "kind": rng.choice(["a", "b"], n),
            "tribe": rng.choice(["x", "y"], n, p=[0.7, 0.3]),
            "split": "",
            "stratum": "",
        }
    )


def make(name, **parameters):
    return validate(STEPS.get(name), parameters, name)


def apply(step_name, data, **parameters):
    return make(step_name, **parameters).apply(data, CONTEXT)


def lowest(rows, k):
    order = np.argsort(stable_hash(rows["id"], 3, "salt"))
    return set(rows["id"].iloc[order[:k]])


def test_all_steps_are_found():
    assert STEPS.names() == [
        "band",
        "deduplicate",
        "drop",
        "given",
        "keep",
        "limit",
        "remove",
        "split",
        "test",
    ]
    with pytest.raises(SchemaError, match="Did you mean `deduplicate`"):
        STEPS.get("dedupliate")
    with pytest.raises(ValueError, match="must be new"):
        STEPS.register("drop")(object)


def test_drop():
    data = frame()
    out = apply("drop", data, where={"kind": "a", "tribe": ["x"]}).frame
    gone = (data["kind"] == "a") & (data["tribe"] == "x")
    assert out["id"].tolist() == data.loc[~gone, "id"].tolist()
    with pytest.raises(ProtocolError, match="`knd` is not a column.*`kind`"):
        apply("drop", data, where={"knd": "a"})


def test_keep():
    data = frame()
    data.loc[0, "age"] = np.nan
    out = apply("keep", data, column="age", minimum=10, maximum=20).frame
    assert out["id"].tolist() == data.loc[data["age"].between(10, 20), "id"].tolist()
    assert set(apply("keep", data, column="tribe", values=["y"]).frame["tribe"]) == {
        "y"
    }
    with pytest.raises(SchemaError, match="one of `minimum`, `maximum`, `values`"):
        make("keep", column="age")
    with pytest.raises(ProtocolError, match="must hold numbers"):
        apply("keep", data, column="tribe", maximum=3)


def test_band():
    data = frame(6).assign(age=[1.0, 10.0, 10.5, 11.0, 71.0, 80.0])
    ask = {"column": "age", "into": "age_band", "first": 1, "last": 80, "width": 10}
    out = apply("band", data, **ask).frame
    assert out["age_band"].tolist() == ["1-10"] * 3 + ["11-20", "71-80", "71-80"]
    assert "age_band" not in data
    for bad in (0.0, 81.0, np.nan):
        with pytest.raises(ProtocolError, match="1 rows outside.*3.png"):
            apply("band", data.assign(age=[1, 1, 1, bad, 1, 1]), **ask)
    with pytest.raises(SchemaError, match="must divide"):
        make("band", **(ask | {"width": 7}))


def test_limit_keeps_the_lowest_hashes_of_every_cell():
    data = frame()
    data.loc[:9, "split"] = "test"
    out = apply("limit", data, rows=12, by=["kind", "tribe"])
    kept = set(data["id"][:10])
    for _, rows in data[10:].groupby(["kind", "tribe"]):
        kept |= lowest(rows, 12)
    assert set(out.frame["id"]) == kept
    assert out.notes == {"left_out": 200 - len(kept), "cells_cut": 4}
    assert len(apply("limit", data, rows=200, by=["kind"]).frame) == 200


def copies():
    data = frame(8).assign(kind="a", tribe="x", age=20.0)
    data.loc[[0, 1, 2], "sha256"] = "s1"  # three copies that agree
    data.loc[[3, 4], "sha256"] = "s2"  # two copies of another age
    data.loc[4, "age"] = 21.0
    data.loc[5, "age"] = np.nan
    return data


def test_deduplicate():
    data = copies()
    ask = {"labels": ["age", "kind"], "contradictory": "drop"}
    out = apply("deduplicate", data, **ask)
    (kept,) = lowest(data[:3], 1)
    assert set(out.frame["id"]) == {kept, "5.png", "6.png", "7.png"}
    assert len(out.reported) == 4 and dict(out.reported)["3.png"] == (
        "the same image has other labels under another name"
    )
    assert out.notes == {
        "contents_in_several_files": 2,
        "files_with_equal_labels": 3,
        "files_with_contradictory_labels": 2,
        "files_left_out": 4,
    }


def test_deduplicate_leaves_a_given_test_whole():
    data = copies()
    data.loc[0, "split"] = "test"
    data.loc[[1, 4], "split"] = "validation"
    ask = {"labels": ["kind"], "identical": "drop", "contradictory": "drop"}
    out = apply("deduplicate", data, **ask)
    # of s2 the copy leaves the rows for training, and the one that stays is alone
    assert set(out.frame["id"]) == {"0.png", "5.png", "6.png", "7.png"}
    out = apply("deduplicate", data, **ask | {"identical": "keep_one"})
    assert set(out.frame["id"]) == {"0.png", "4.png", "5.png", "6.png", "7.png"}
    assert dict(out.reported) == {
        "1.png": "the same image is in the test that the data come with",
        "2.png": "the same image is in the test that the data come with",
        "3.png": "the same image is in the validation that the data come with",
    }
    assert out.notes["copies_of_a_given_test_or_validation"] == 3


def test_deduplicate_other_policies():
    data = copies()
    none = apply("deduplicate", data, labels=["kind"], identical="drop")
    assert set(none.frame["id"]) == {"5.png", "6.png", "7.png"}
    one = apply("deduplicate", data, labels=["age"], contradictory="keep_one").frame
    assert set(one["id"]) & {"3.png", "4.png"} == lowest(data[3:5], 1)
    with pytest.raises(ProtocolError, match=r"2 files.*'3.png', '4.png'"):
        apply("deduplicate", data, labels=["age"])
    missing = data.assign(age=[1, 1, np.nan, 2, 2, 3, 3, 3])
    with pytest.raises(ProtocolError, match="3 files"):
        apply("deduplicate", missing, labels=["age"])
    unique = frame()
    assert apply("deduplicate", unique, labels=["age"]).frame.equals(unique)


def test_test_takes_the_lowest_hashes_of_every_cell():
    data = frame()
    out = apply("test", data, rows=5, by=["kind", "tribe"]).frame
    drawn = out[out["split"] == "test"]
    assert drawn["stratum"].value_counts().to_dict() == {
        f"{k}|{t}": 5 for k, t in itertools.product("ab", "xy")
    }
    for (kind, tribe), cell in data.groupby(["kind", "tribe"]):
        found = set(drawn.loc[drawn["stratum"] == f"{kind}|{tribe}", "id"])
        assert found == lowest(cell, 5)
    assert (out.loc[out["split"] == "", "stratum"] == "").all()
    assert (data["split"] == "").all()


def test_test_lists_all_small_cells_and_absent_ones():
    data = frame(30).assign(kind="a")
    data["tribe"] = ["y"] * 3 + ["x"] * 27
    with pytest.raises(ProtocolError) as caught:
        apply("test", data, rows=5, by=["kind", "tribe"])
    text = str(caught.value)
    assert "3 of 4 cells are too small" in text
    assert "a|y has 3, b|x has 0, b|y has 0" in text and "a|x" not in text


def test_remove():
    data = apply("test", frame(), rows=5, by=["kind", "tribe"]).frame
    out = apply("remove", data, where={"tribe": "y"}, fraction=0.75)
    matching = data["tribe"] == "y"
    number = int(np.floor(0.75 * matching.sum() + 0.5))
    pool = data[matching & (data["split"] == "")]
    assert set(data["id"]) - set(out.frame["id"]) == lowest(pool, number)
    assert out.notes == {"matching": int(matching.sum()), "removed": number}
    with pytest.raises(
        ProtocolError, match=r"must be removable. Received: \d+ outside"
    ):
        apply("remove", data, where={"tribe": "y"}, fraction=1.0)
    with pytest.raises(ProtocolError, match=r"must match some rows.*'x', 'y'"):
        apply("remove", data, where={"tribe": "Y"}, fraction=0.5)


def test_split():
    data = apply("test", frame(), rows=5, by=["kind", "tribe"]).frame
    ask = {"train": 0.8, "validation": 0.2, "stratify": ["tribe"]}
    out = apply("split", data, **ask).frame
    for tribe in "xy":
        free = data[(data["split"] == "") & (data["tribe"] == tribe)]
        expected = lowest(free, int(np.floor(0.2 * len(free) + 0.5)))
        found = out[(out["split"] == "validation") & (out["tribe"] == tribe)]
        assert set(found["id"]) == expected
    assert out["split"].value_counts()["test"] == 20
    assert not (out["split"] == "").any()
    with pytest.raises(SchemaError, match="must add up to 1"):
        make("split", train=0.8, validation=0.3, stratify=["tribe"])


@pytest.mark.parametrize(("rows", "minimum", "fits"), [(2, 1, False), (3, 1, True)])
def test_split_needs_rows_on_both_sides(rows, minimum, fits):
    data = frame(40).assign(tribe=["y"] * rows + ["x"] * (40 - rows))
    ask = {"train": 0.8, "validation": 0.2, "stratify": ["tribe"], "minimum": minimum}
    if fits:
        out = apply("split", data, **ask).frame
        assert set(out.loc[out["tribe"] == "y", "split"]) == {"train", "validation"}
    else:
        with pytest.raises(ProtocolError, match="at least 3 rows.*y has 2"):
            apply("split", data, **ask)
        assert len(apply("split", data, **(ask | {"minimum": 0})).frame) == 40


CHOOSING = {
    "limit": {"rows": 12, "by": ["kind", "tribe"]},
    "test": {"rows": 5, "by": ["kind", "tribe"]},
    "remove": {"where": {"tribe": "y"}, "fraction": 0.6},
    "split": {"train": 0.8, "validation": 0.2, "stratify": ["kind", "tribe"]},
}


def fates(name, data):
    out = apply(name, data, **CHOOSING[name]).frame
    return dict.fromkeys(data["id"], "gone") | dict(
        zip(out["id"], out["split"], strict=True)
    )


@pytest.mark.parametrize("name", CHOOSING)
@settings(max_examples=30, deadline=None)
@given(missing=st.sets(st.integers(0, 199), max_size=12), order=st.randoms())
def test_missing_files_move_at_most_as_many_of_their_cell(name, missing, order):
    data = frame()
    before = fates(name, data)
    rows = [i for i in range(200) if i not in missing]
    order.shuffle(rows)
    after = fates(name, data.iloc[rows])
    moved = data[[i in after and after[i] != before[i] for i in data["id"]]]
    cells = ["tribe"] if name == "remove" else ["kind", "tribe"]
    allowed = data.iloc[sorted(missing)].groupby(cells).size()
    for cell, n in moved.groupby(cells).size().items():
        assert n <= allowed.get(cell, 0), cell
