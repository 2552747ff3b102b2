"""Runs the page of the losses as one program."""

import pathlib
import re

import keras
import numpy as np

PAGE = pathlib.Path(__file__).parents[2] / "docs" / "losses.md"


def test_the_three_uses_run():
    keras.utils.set_random_seed(0)
    blocks = re.findall(r"```python\n(.*?)```", PAGE.read_text(), flags=re.S)
    assert len(blocks) == 5
    names = {"__name__": "page"}
    if keras.backend.backend() != "tensorflow":
        blocks = [block for block in blocks if "import tensorflow" not in block]
    for block in blocks:
        exec(compile(block, str(PAGE), "exec"), names)
    for history in ("history", "weighted", "pretrained"):
        assert np.all(np.isfinite(names[history].history["loss"]))
    if "looped" in names:
        assert np.mean(names["looped"][-4:]) < np.mean(names["looped"][:4])
    assert names["breed_loss"].class_weights == "effective_number"
    first, last = names["pretrained"].history["loss"]
    assert last < first
