import json

import pytest

from kpoc.evaluation import Comparison
from kpoc.ground.schema import SchemaError

NASTY = "<script>alert(1)</script>"


@pytest.fixture
def content():
    base = {
        "target": NASTY,
        "metric": "mae",
        "better": "lower",
        "unit": "years",
        "group": None,
        "level": None,
    }
    return {
        "schema": 1,
        "title": f"{NASTY} vs b",
        **{"data": {}, "settings": {}, "targets": {NASTY: {"kind": "regression"}}},
        "primary": {"target": NASTY, "metric": "mae"},
        "sides": [{"name": "a"}, {"name": "b"}],
        "scores": [
            {**base, "side": "a", "n": 9, "estimate": 7.4, "low": 7.0, "high": 7.8},
            {
                **base,
                "side": "b",
                "n": 9,
                "estimate": 6.4,
                "low": float("nan"),
                "high": 7,
            },
            {**base, "side": "b", "n": 9, "estimate": 1.0, "low": 0, "high": 7}
            | {"group": "gender", "level": "Male"},
        ],
        "differences": [
            {
                **{**base, "side": "b", "baseline": "a", "difference": -1.0},
                **{"low": -1.5, "high": -0.5, "p": 0.01, "p_holm": 0.01},
                **{"primary": True, "verdict": "better"},
            }
        ],
        "verdict": {"code": "better", "text": f"b is better than {NASTY}."},
        "warnings": [f"Only 2 seeds of {NASTY}"],
        "notes": ["A note."],
    }


def test_parts_are_frames_also_where_there_are_none(content):
    assert Comparison(content).gaps.empty and Comparison(content).calibration.empty
    row = {"target": NASTY, "side": "a", "n": 9, "estimate": 0.1, "low": 0, "high": 1}
    gap = {"metric": "mae", "measure": "gap", "group": "gender", "chance": 0.1}
    gap |= {"worst": "x", "best": "y", "levels": 2, "left_out": [], "truth": None}
    content["gaps"] = {"scores": [row | gap], "differences": []}
    content["calibration"] = {
        "scores": [row | {"metric": "ece", "scaled": False}],
        **{"bins": 15, "calibrated": False, "differences": []},
        **dict.fromkeys(("mix", "diagrams", "temperatures", "not_scaled"), {}),
    }
    found = Comparison(content)
    assert found.gaps["estimate"].tolist() == [0.1]
    assert found.calibration["metric"].tolist() == ["ece"]
    assert found.content.gaps.scores[0].best == "y"


def test_all_that_is_wrong_with_a_foreign_file_is_said_at_once(content, tmp_path):
    content["scores"][0]["estimat"] = content["scores"][0].pop("estimate")
    content["scores"][1]["n"] = "9"
    content["differences"][0]["verdict"] = "great"
    del content["primary"]["metric"]
    content["gaps"] = {"scores": [], "difference": []}
    (tmp_path / "comparison.json").write_text(json.dumps(content))
    with pytest.raises(SchemaError, match=r"comparison.json has 7 problem") as error:
        Comparison.load(tmp_path)
    assert {problem.split("`")[1] for problem in error.value.problems} == {
        "primary.metric",
        *("differences.0.verdict", "gaps.differences", "gaps.difference"),
        *("scores.0.estimate", "scores.0.estimat", "scores.1.n"),
    }


def test_what_a_newer_kpoc_or_a_plug_in_wrote_beside_the_parts_stays(content):
    theirs = {"mine": [1, 2], "sides": [{"name": "a", "by": "me"}]}
    found = Comparison(content | theirs).to_dict()
    assert found["mine"] == [1, 2] and found["sides"][0]["by"] == "me"


def test_html_is_escaped(content):
    page = Comparison(content)._repr_html_()
    assert NASTY not in page and page.count("&lt;script&gt;") >= 4
    assert "-1 [-1.5, -0.5] better (primary)" in page


def test_text(content):
    text = str(Comparison(content))
    assert "7.4 [7, 7.8]" in text and "6.4 [–, 7]" in text
    assert "Warnings:\n  - Only 2 seeds" in text and "(years) ↓" in text
    assert Comparison(content).summary().shape[0] == 1


def test_nan_is_null(content, tmp_path):
    comparison = Comparison(content)
    folder = comparison.save(tmp_path / "new" / "folder")
    saved = json.loads((folder / "comparison.json").read_text())
    assert saved["scores"][1]["low"] is None
    assert comparison.scores.shape[0] == 3
    assert comparison.differences["verdict"].tolist() == ["better"]


def test_a_failed_write_leaves_the_old_file(content, tmp_path, monkeypatch):
    Comparison(content).save(tmp_path)
    before = (tmp_path / "comparison.json").read_text()
    broken = Comparison({**content, "title": "new"})
    broken.to_dict()["notes"] = [{1, 2}]
    with pytest.raises(TypeError):
        broken.save(tmp_path)
    assert (tmp_path / "comparison.json").read_text() == before
    assert len(list(tmp_path.iterdir())) == 3


def test_load_refuses(tmp_path):
    with pytest.raises(ValueError, match="must hold comparison.json"):
        Comparison.load(tmp_path)
    (tmp_path / "comparison.json").write_text('{"schema": 2}')
    with pytest.raises(ValueError, match="schema 1. Received: 2"):
        Comparison.load(tmp_path)
