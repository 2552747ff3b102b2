"""A part is one file: what it asks of the bootstrap stands in its field."""

from typing import ClassVar

import numpy as np
import pandas as pd
import pytest

from kpoc.evaluation import Comparison, Side, evaluate
from kpoc.evaluation.bootstrap import Block
from kpoc.evaluation.part import PARTS, Part, in_order, ordered

AGES = np.arange(1.0, 41.0)


def _compared():
    generator = np.random.default_rng(0)
    frame = pd.DataFrame({"id": [f"{i:02}" for i in range(40)], "age": AGES})
    sides = []
    for name in ("base", "new"):
        guess = AGES + generator.normal(0, 3, 40)
        sides.append(Side(name, [0], [frame[["id"]].assign(age=guess)]))
    target = {"kind": "regression", "unit": "years", "metrics": ["mae"]}
    return evaluate(
        sides,
        targets={"age": target},
        groups=[],
        primary="age.mae",
        manifest=frame,
        resamples=200,
    )


class Bias(Part):
    """Mean of what is predicted too much, of every seed."""

    after: ClassVar = ("verdict",)
    content: ClassVar = dict[str, list[float]]

    def __init__(self, subject, parts):
        assert "scores" in parts and parts["verdict"].after
        of_target = [model["age"] - subject.truth["age"] for model in subject.models]
        rows = np.stack(of_target, axis=1)[..., None]
        rows = np.concatenate([rows, np.ones_like(rows)], axis=2)
        block = Block(rows, (lambda sums: sums[..., 0] / sums[..., 1],))
        self.place, self.rows = subject.ask(block), rows

    def read(self, moments):
        found = moments[self.place][0]
        error = np.sqrt(np.diagonal(found.covariance[0]))
        return {"mean": found.estimate[0], "error": error}

    def warnings(self):
        return ["Biased."]


def test_a_part_that_is_added_has_a_field_and_moves_no_other(monkeypatch):
    before = _compared()
    PARTS.names()
    monkeypatch.setitem(PARTS._entries, "bias", Bias)
    found = _compared()
    assert list(ordered())[-1] == "bias"
    errors = found["bias"]["error"]
    deviation = 3 / np.sqrt(40)
    assert errors == pytest.approx([deviation] * 2, rel=0.35)
    assert "Biased." in found["warnings"] and "Biased." not in before["warnings"]
    assert Comparison(found).content.bias == found["bias"]
    assert Comparison(before).content.bias == {}
    for key in before.keys() - {"created", "warnings"}:
        assert found[key] == before[key], key


def test_parts_wait_for_those_that_they_need():
    order = list(ordered())
    for name, part in ordered().items():
        assert all(order.index(need) < order.index(name) for need in part.after)
    with pytest.raises(ValueError, match=r"parts that are there. Received: \['c'\]"):
        in_order({"a": ["c"]})
    with pytest.raises(ValueError, match="must not lead back. Received: (a|b) after"):
        in_order({"a": ["b"], "b": ["a"]})
