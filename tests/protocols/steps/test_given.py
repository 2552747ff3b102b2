"""The step that takes over a column's splits, and bands between given edges."""

import numpy as np
import pandas as pd
import pytest

from kpoc.ground.schema import SchemaError, validate
from kpoc.protocols.step import STEPS, Context, ProtocolError


def apply(step_name, data, **parameters):
    step = validate(STEPS.get(step_name), parameters, step_name)
    return step.apply(data, Context(seed=0, salt="salt", columns={})).frame


def rows(**columns):
    [n] = {len(values) for values in columns.values()}
    fixed = {"id": [f"{i}.png" for i in range(n)], "split": "", "stratum": ""}
    return pd.DataFrame({**fixed, **columns})


def test_named_values_get_their_split_and_others_stay_free():
    data = rows(part=["tr", "te", "dev", "tr", "extra"])
    out = apply("given", data, column="part", train=["tr"], test=["te"])
    assert out["split"].tolist() == ["train", "test", "", "train", ""]
    assert (out["stratum"] == "").all() and (data["split"] == "").all()


def test_rows_that_have_a_split_keep_it():
    data = rows(part=["a", "a"]).assign(split=["test", ""])
    out = apply("given", data, column="part", train=["a"])
    assert out["split"].tolist() == ["test", "train"]


def test_given_refuses_what_cannot_be_meant():
    data = rows(part=["a", "b"])
    with pytest.raises(ProtocolError, match=r"\['c'\], while there is \['a', 'b'\]"):
        apply("given", data, column="part", test=["c"])
    with pytest.raises(ProtocolError, match="`prt` is not a column.*`part`"):
        apply("given", data, column="prt", test=["a"])
    for wrong in ({}, {"train": ["a"], "test": ["a"]}):
        with pytest.raises(SchemaError, match="each of them once"):
            apply("given", data, column="part", **wrong)


def test_bands_between_whole_edges_hold_what_numpy_says():
    values = np.array([0.0, 4.9, 5.0, 19.0, 79.5])
    edges = [0, 5, 20, 80]
    out = apply("band", rows(age=values), column="age", into="b", edges=edges)
    names = np.array(["0-4", "5-19", "20-79"])
    assert out["b"].tolist() == names[np.digitize(values, edges) - 1].tolist()


def test_bands_between_fractions_are_named_with_equal_decimals():
    out = apply(
        "band",
        rows(x=[-0.5, 0.25, 1.2]),
        column="x",
        into="b",
        edges=[-0.5, 0.25, 0.5, 1.25],
    )
    assert out["b"].tolist() == ["-0.50 to 0.25", "0.25 to 0.50", "0.50 to 1.25"]


@pytest.mark.parametrize(
    ("edges", "names"),
    [([-2, 0, 3], ["-2 to -1", "0 to 2"]), ([-2.0, 0.0, 3.0], ["-2 to 0", "0 to 3"])],
)
def test_whole_edges_say_by_their_point_that_values_are_not_whole(edges, names):
    out = apply("band", rows(x=[-1.0, 2.0]), column="x", into="b", edges=edges)
    assert out["b"].tolist() == names


def test_the_last_edge_is_outside():
    with pytest.raises(ProtocolError, match=r"from 0 to under 10.*1 rows outside"):
        apply("band", rows(x=[1.0, 10.0]), column="x", into="b", edges=[0, 10])


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"first": 1, "last": 10},
        {"first": 1, "last": 10, "width": 5, "edges": [1, 2]},
        {"edges": [1, 1]},
    ],
)
def test_bands_need_one_rising_declaration(wrong):
    with pytest.raises(SchemaError, match="either `first`|must rise"):
        apply("band", rows(x=[1.0]), column="x", into="b", **wrong)


def test_bands_of_tiny_numbers_have_different_names():
    data = rows(size=[1e-9, 2.5e-9])
    out = apply("band", data, column="size", into="band", edges=[1e-9, 2.5e-9, 1e-8])
    assert out["band"].tolist() == ["1e-09 to 2.5e-09", "2.5e-09 to 1e-08"]
