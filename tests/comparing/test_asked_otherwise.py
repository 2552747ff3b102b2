"""Sides whose models are asked otherwise than trained."""

import json
import shutil

import pytest

from kpoc.comparing.asked import is_side, read_sides
from kpoc.ground.schema import SchemaError


@pytest.fixture
def runs(tmp_path, monkeypatch):
    """Two finished runs, one below a folder whose name holds settings."""
    monkeypatch.chdir(tmp_path)
    for name in ("a-seed0", "b@views=flip"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "run.json").write_text('{"status": "finished"}')
    (tmp_path / "t.csv").touch()
    return tmp_path


def side(word):
    (found,) = read_sides([word], {})
    return [path.name for path in found.runs], str(found.inference or "")


def test_settings_hold_for_all_runs_of_a_side(runs):
    settings = "image_size=288,views=flip"
    assert side(f"x=a-seed0@{settings}") == (["a-seed0"], settings)
    assert side(f"x=a-*@{settings}") == (["a-seed0"], settings)
    both = side(f"x=a-seed0,b@views=flip@{settings}")
    assert both == (["a-seed0", "b@views=flip"], settings)
    # a path that is there is that path
    assert side("x=b@views=flip") == (["b@views=flip"], "")
    assert side("x=a-seed0,b@views=flip") == (["a-seed0", "b@views=flip"], "")


def test_a_recipe_is_asked_and_named_so():
    word = "portraits/baseline@image_size=48"
    (found,) = read_sides([word], {"epochs": 1})
    assert is_side(word) and is_side("model=lost@views=flip") is False
    assert (found.name, found.recipe.name) == (word, "portraits/baseline")
    assert found.recipe.inference.image_size == found.inference.image_size == 48


@pytest.mark.parametrize(
    ("word", "error", "words"),
    [
        ("x=a-seed0@image_sise=9", SchemaError, "Did you mean `image_size`"),
        ("x=a-seed0@image_size=big", SchemaError, "valid integer"),
        ("x=a-seed0@views=flop", SchemaError, "Did you mean `flip`"),
        ("x=a-seed0@views=flip+share=2", SchemaError, "`share` is not a known key"),
        ("x=t.csv@views=flip", ValueError, "recipes or runs"),
        ("x=lost@views=flip", ValueError, "no such path: lost"),
    ],
)
def test_settings_that_say_nothing_are_refused(runs, word, error, words):
    with pytest.raises(error, match=words):
        read_sides([word], {})


def test_a_run_beside_itself_asked_otherwise(kpoc_here, run_folder, tmp_path):
    run = shutil.copytree(run_folder, tmp_path / run_folder.name)
    kpoc_here("ask", run, "--inference", "image_size=40,views=flip")
    asked = f"flipped={run}@views=flip,image_size=40"
    out = ("--out", tmp_path / "out", "--resamples", 100)
    kpoc_here("compare", run, asked, f"{run}@image_size=24", *out)
    [file] = (tmp_path / "out").glob("*/comparison.json")
    plain, flipped, same = json.loads(file.read_text())["sides"]
    assert flipped["recipe"]["inference"]["image_size"] == 40
    assert flipped["description"].endswith("; asked by image_size=40,views=flip")
    assert flipped["cost"][0]["latency_ms"] != plain["cost"][0]["latency_ms"]
    assert flipped["cost"][0]["parameters"] == plain["cost"][0]["parameters"]
    # at the size of its training it is the run itself
    assert same["name"] == "tiny/baseline@image_size=24"
    assert same["description"] == plain["description"]
    page = (file.parent / "index.html").read_text()
    assert "asked by image_size=40,views=flip" in page and "asked otherwise" in page
