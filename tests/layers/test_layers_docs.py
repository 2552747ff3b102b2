"""Runs the page on augmentation as one program; its tables are those of the code."""

import inspect
import pathlib
import re

import keras
import numpy as np

from kpoc import layers
from kpoc.augmentation.definition import AUGMENTATIONS
from kpoc.recipe import load_recipe

DOCS = pathlib.Path(__file__).parents[2] / "docs"
TEXT = (DOCS / "augmentation.md").read_text()


def blocks(language):
    return re.findall(rf"```{language}\n(.*?)```", TEXT, flags=re.S)


def test_the_examples_run():
    names = {"__name__": "page"}
    for block in blocks("python"):
        exec(compile(block, "augmentation.md", "exec"), names)
    assert names["changed"].shape == (8, 24, 24, 3)
    assert names["same_everywhere"].shape == (8, 24, 24, 3)
    assert names["pairs"].shape == (8, 2, 32, 32, 3)
    assert names["large"].shape == (8, 2, 32, 32, 3)
    assert names["small"].shape == (8, 6, 16, 16, 3)
    outputs = keras.ops.convert_to_numpy(names["model"](names["images"]))
    assert np.isfinite(outputs).all()


def test_the_recipes_list_is_one():
    import yaml

    from kpoc.augmentation.chain import make_augmentations

    [block] = blocks("yaml")
    recipe = load_recipe("portraits/baseline", yaml.safe_load(block))
    assert len(make_augmentations(recipe.augmentation)) == 4


def test_every_augmentation_has_its_picture_and_its_parameters():
    for name in AUGMENTATIONS.names():
        section = TEXT.split(f"### {name}\n")[1].split("\n### ")[0]
        assert f"(augmentation/{name}.jpg)" in section
        assert (DOCS / "augmentation" / f"{name}.jpg").is_file()
        fields = AUGMENTATIONS.get(name).model_fields
        assert re.findall(r"^\| `(\w+)` \|", section, flags=re.M) == list(fields)
        for field, about in fields.items():
            assert (f"| `{field}` | needed |" in section) == about.is_required()


def test_without_docstrings_there_are_layers_all_the_same(monkeypatch):
    # as `python -OO` has it
    monkeypatch.setattr(inspect, "getdoc", lambda _: None)

    class Again(layers.RandomFlip):
        pass

    assert Again(p=1.0).get_config()["p"] == 1.0
