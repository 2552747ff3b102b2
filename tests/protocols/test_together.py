"""Rows of the same person stay together, and quotas are met as groups allow."""

import itertools

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kpoc.ground.hashing import stable_hash
from kpoc.ground.schema import SchemaError, validate
from kpoc.protocols.step import STEPS, Context, ProtocolError
from kpoc.protocols.together import choose_rows

CONTEXT = Context(seed=3, salt="salt", columns={})


def people(sizes, kinds=None):
    """Rows of persons: `sizes[i]` pictures of person i, of kind `kinds[i]`."""
    person = np.repeat([f"p{i}" for i in range(len(sizes))], sizes)
    kind = np.repeat(kinds or ["a"] * len(sizes), sizes)
    n = len(person)
    return pd.DataFrame(
        {
            "id": [f"{i}.png" for i in range(n)],
            "person": person,
            "kind": kind,
            "split": "",
            "stratum": "",
        }
    )


def apply(step_name, data, **parameters):
    step = validate(STEPS.get(step_name), parameters, step_name)
    return step.apply(data, CONTEXT).frame


@settings(max_examples=15, deadline=None)
@given(
    sizes=st.lists(st.integers(1, 9), min_size=20, max_size=30),
    seed=st.integers(0, 99),
    shuffle=st.randoms(),
)
def test_no_person_is_torn_apart_whatever_the_order(sizes, seed, shuffle):
    rng = np.random.default_rng(seed)
    data = people(sizes, rng.choice(["a", "b"], len(sizes)).tolist())
    data["kind"] = np.where(rng.random(len(data)) < 0.1, "b", data["kind"])

    def both(frame):
        frame = apply("test", frame, fraction=0.2, by=["kind"], together="person")
        share = {"train": 0.8, "validation": 0.2, "minimum": 0}
        return apply("split", frame, **share, stratify=["kind"], together="person")

    out = both(data)
    assert (out.groupby("person")["split"].nunique() == 1).all()
    # off by at most half a group, the largest, in either cell
    tests = (out["split"] == "test").sum()
    assert abs(tests - 0.2 * len(data)) <= max(sizes) + 1
    order = list(range(len(data)))
    shuffle.shuffle(order)
    again = both(data.iloc[order]).set_index("id")["split"]
    assert again.sort_index().equals(out.set_index("id")["split"].sort_index())


def test_groups_are_taken_in_the_order_of_their_hashes():
    data = people([2] * 10)
    keys = [f"group\x1fp{i}" for i in range(10)]
    order = np.argsort(stable_hash(keys, 3, "salt"))
    wanted = {f"p{i}" for i in order[:3]}
    chosen = choose_rows(data, data["kind"], {"a": 6}, CONTEXT, "person")
    assert set(data["person"][chosen]) == wanted


def test_a_group_too_large_for_the_quota_is_passed_over():
    data = people([50, 2, 2, 2, 2])
    chosen = choose_rows(data, data["kind"], {"a": 4}, CONTEXT, "person")
    assert chosen.sum() == 4 and "p0" not in set(data["person"][chosen])


def test_where_all_groups_are_too_large_the_smallest_one_is_taken():
    data = people([50, 30, 40])
    chosen = choose_rows(data, data["kind"], {"a": 4}, CONTEXT, "person", each=True)
    assert set(data["person"][chosen]) == {"p1"}
    none = choose_rows(data, data["kind"], {"a": 4}, CONTEXT, "person")
    assert not none.any()


def test_a_row_without_a_value_stands_alone():
    data = people([1] * 12).assign(person=["", None, np.nan] * 4)
    chosen = choose_rows(data, data["kind"], {"a": 5}, CONTEXT, "person")
    assert chosen.sum() == 5


def test_groups_of_several_cells_bring_all_cells_near_their_quotas():
    rng = np.random.default_rng(0)
    data = people(rng.integers(1, 8, 200).tolist())
    data["kind"] = rng.choice(["a", "b", "c"], len(data), p=[0.7, 0.2, 0.1])
    sizes = data["kind"].value_counts()
    quota = (0.2 * sizes).astype(int).to_dict()
    chosen = choose_rows(data, data["kind"], quota, CONTEXT, "person", each=True)
    found = data["kind"][chosen].value_counts()
    assert max(abs(found[cell] - n) for cell, n in quota.items()) <= 3


def test_a_group_is_taken_only_if_it_brings_nearer_in_all():
    # p0 has one row of a and four of b: good for a, but b wants one only
    data = people([5, 2]).assign(kind=["a", "b", "b", "b", "b", "a", "b"])
    quota = {"a": 1, "b": 1}
    chosen = choose_rows(data, data["kind"], quota, CONTEXT, "person")
    assert set(data["person"][chosen]) == {"p1"}


def test_a_cell_of_one_group_cannot_be_divided():
    data = people([5, 5, 5], ["a", "a", "b"])
    with pytest.raises(
        ProtocolError, match=r"several values of `person`.*: b \(5 rows"
    ):
        apply("test", data, rows=2, by=["kind"], together="person")
    with pytest.raises(ProtocolError, match="`persn` is not a column.*`person`"):
        apply("test", data, rows=2, by=["kind"], together="persn")


def test_a_fraction_takes_the_rounded_share_of_every_cell_and_at_least_one():
    data = people([1] * 113, ["a"] * 100 + ["b"] * 11 + ["c"] * 2)
    out = apply("test", data, fraction=0.15, by=["kind"])
    drawn = out[out["split"] == "test"]
    assert drawn["stratum"].value_counts().to_dict() == {"a": 15, "b": 2, "c": 1}
    ranks = pd.Series(stable_hash(data["id"], 3, "salt")).groupby(data["kind"]).rank()
    assert set(drawn["id"]) == set(
        data["id"][ranks <= data["kind"].map({"a": 15, "b": 2, "c": 1})]
    )


def test_a_test_has_rows_or_a_fraction():
    for wrong in ({}, {"rows": 3, "fraction": 0.2}):
        with pytest.raises(SchemaError, match="either `rows` or `fraction`"):
            apply("test", people([1]), by=["kind"], **wrong)


def test_together_changes_nothing_where_everybody_has_one_picture():
    sizes = [1] * 40
    data = people(sizes, ["a", "b"] * 20)
    alone, whole = (
        apply("test", data, rows=5, by=["kind"], **more)
        for more in ({}, {"together": "person"})
    )
    for out, kind in itertools.product((alone, whole), "ab"):
        assert (out.loc[out["kind"] == kind, "split"] == "test").sum() == 5
