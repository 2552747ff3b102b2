"""The commands of docs/your_data.md run as they are written."""

import re
import shlex
from pathlib import Path

import pandas as pd
import pytest

from kpoc.ground.schema import validate
from kpoc.ground.yaml_values import parse_yaml
from kpoc.protocols.build import build_manifest
from kpoc.protocols.protocol import Protocol
from kpoc.recipe import load_recipe
from kpoc.sources.kinds.portraits import Portraits

PAGE = (Path(__file__).parents[2] / "docs" / "your_data.md").read_text("utf-8")


def blocks(language):
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)


def commands(verb):
    lines = "\n".join(blocks("sh")).replace("\\\n", " ").splitlines()
    return [shlex.split(line)[1:] for line in lines if line.startswith(f"kpoc {verb}")]


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """Portraits in folders by tribe, few of Maple, and a table of them."""
    folder = tmp_path_factory.mktemp("newcomer")
    listing = Portraits(count=240, size=32, seed=3).read(None, folder / "cache")
    frame = listing.frame
    (folder / "portraits").mkdir()
    for row in frame.itertuples():
        picture = (listing.root / row.path).read_bytes()
        (folder / "portraits" / row.path).write_bytes(picture)
        if row.tribe != "Maple" or row.age < 30:
            path = folder / "photos" / row.tribe / row.path
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(picture)
    table = pd.DataFrame({"file": frame["path"], "age": frame["age"].astype(int)})
    table["tribe"] = frame["tribe"].mask(frame["tribe"] == "Birch", "Cedar")
    table["kind"] = frame["kind"]
    table["mood"] = [1 + i % 5 for i in range(len(table))]
    table["person"] = [f"P{i // 2}" for i in range(len(table))]
    table.to_csv(folder / "people.csv", index=False)
    return folder


@pytest.fixture(scope="module")
def run(place, kpoc_command):
    """Runs `kpoc` in that place."""
    return type(kpoc_command)(place)


@pytest.fixture(scope="module")
def printed(run):
    """What each `kpoc data ...` of the page printed, run in the order of the page."""
    return [run(*words).stdout for words in commands("data")]


def test_the_files_that_are_compared_are_written_and_the_commands_printed(
    place, printed, monkeypatch
):
    monkeypatch.chdir(place)
    together = "\n".join(printed)
    for words in commands("compare"):
        assert shlex.join(["kpoc", *words]) in together
        *sides, option, data = words[1:]
        assert option == "--data"
        for recipe in map(load_recipe, sides):
            manifest = build_manifest(recipe.task.protocol, data)
            manifest.validate(recipe.task.targets, recipe.task.groups)


def test_what_was_asked_for_is_in_the_files(place, printed, monkeypatch):
    monkeypatch.chdir(place)
    recipe = load_recipe("moods/baseline.yaml")
    assert recipe.task.targets["mood"].kind == "regression"
    assert recipe.task.groups == ["mood_band", "kind", "tribe"]
    table = build_manifest("moods/protocol.yaml", "portraits").table
    person = pd.read_csv("people.csv").set_index("file")["person"]
    split = table.set_index("id")["split"]
    assert (split.groupby(person[split.index]).nunique() == 1).all()


def test_the_yaml_of_the_page_is_valid():
    rest = {"name": "page", "columns": {"tree": {}}, "steps": ["split"]}
    found = {}
    for block in blocks("yaml"):
        found |= parse_yaml(block, "the page")
        protocol = validate(Protocol, rest | found, "the page")
        protocol.make_source()
    assert [step.name for step in protocol.steps] == ["given", "split"]
    protocol.make_steps()


@pytest.mark.slow
def test_the_comparisons_run_to_their_end(run, printed):
    for words in commands("compare"):
        less = ["epochs=2", "--seeds", 1, "--resamples", 200]
        assert "page: " in run(*words, *less).stdout
