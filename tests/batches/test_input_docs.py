"""The page on input: its example runs, its YAML is valid, its table is complete."""

import pathlib
import re
import typing

import cv2
import numpy as np
import pytest
import yaml

from kpoc.batches.decoded import BUDGET, DEFAULT_GB
from kpoc.batches.pipeline import MEMORY_SHARE
from kpoc.batches.sampling import SAMPLINGS
from kpoc.ground.schema import Component
from kpoc.recipe import Recipe, load_recipe
from kpoc.sources.source import SOURCES

TEXT = (pathlib.Path(__file__).parents[2] / "docs" / "input.md").read_text("utf-8")


def blocks(language):
    return re.findall(rf"```{language}\n(.*?)```", TEXT, flags=re.S)


def test_the_example_runs(tmp_path):
    rng, files = np.random.default_rng(0), []
    for number in range(9):
        files.append(tmp_path / f"{number}.png")
        cv2.imwrite(str(files[-1]), rng.integers(0, 256, (70, 80, 3), dtype="uint8"))
    [block] = blocks("python")
    names = {"files": files}
    exec(compile(block, "input.md", "exec"), names)
    assert isinstance(names["batch"], dict)


def test_the_yaml_is_valid():
    sampling, source = map(yaml.safe_load, blocks("yaml"))
    recipe = load_recipe("portraits/baseline", sampling)
    assert recipe.sampling == Component(name="balanced", by=["kind", "tribe"])
    parameters = dict(source["source"])
    SOURCES.get(parameters.pop("name"))(**parameters)


@pytest.mark.parametrize("name", SAMPLINGS.names())
def test_every_sampling_is_there(name):
    assert f"| `{name}` |" in TEXT


def test_every_place_of_the_cache_is_there_and_the_numbers_are_those_of_the_code():
    for place in typing.get_args(Recipe.model_fields["cache"].annotation):
        assert f"| `{place}` |" in TEXT
    assert f"`${BUDGET}` gigabytes ({DEFAULT_GB:.0f} if" in TEXT
    assert f"at most {100 * MEMORY_SHARE:.0f} % of the free memory" in TEXT
