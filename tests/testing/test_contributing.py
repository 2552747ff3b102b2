"""What docs/contributing.md shows is written as files, registered and proved."""

import re
import sys
import types
from pathlib import Path

import cv2
import numpy as np
import pytest

from kpoc import losses
from kpoc.evaluation import scores
from kpoc.evaluation.scores.registry import SCORES
from kpoc.losses import _registry
from kpoc.models.registry import BACKBONES
from kpoc.sources.source import SOURCES

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "contributing.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL)
PAIRS = list(zip(BLOCKS[::2], BLOCKS[1::2], strict=True))
KINDS = [re.search(r"check_(\w+)", proof).group(1) for _, proof in PAIRS]


@pytest.fixture
def empty_handed(monkeypatch):
    """Registries that forget what the test brings."""
    for registry in (SCORES, BACKBONES, SOURCES):
        registry.names()
        monkeypatch.setattr(registry, "_entries", dict(registry._entries))
    for table in ("_CLASSES", "_SUITS"):
        monkeypatch.setattr(_registry, table, dict(getattr(_registry, table)))


@pytest.fixture
def pictures(tmp_path):
    """Pictures of two classes, and one of none."""
    rng = np.random.default_rng(0)
    for name in ("cat_1", "cat_2", "dog_1", "stray"):
        picture = rng.integers(0, 256, (8, 8, 3), "uint8")
        cv2.imwrite(str(tmp_path / f"{name}.png"), picture)
    return tmp_path


@pytest.mark.parametrize(("file", "proof"), PAIRS, ids=KINDS)
def test_an_example_keeps_its_contract(
    file, proof, empty_handed, pictures, monkeypatch
):
    path = re.match(r"# (kpoc/\S+)\.py\n", file).group(1)
    assert (ROOT / path).parent.is_dir() and not (ROOT / f"{path}.py").exists()
    module = types.ModuleType(path.replace("/", "."))
    monkeypatch.setitem(sys.modules, module.__name__, module)
    exec(compile(file, path, "exec"), vars(module))
    exec(compile(proof, path, "exec"), {"folder_of_images": pictures})


def test_there_is_an_example_of_each_that_is_promised():
    assert KINDS == ["loss", "score", "backbone", "source"]
    assert "poly1" not in _registry.names() and losses.get("lmf")
    assert "within_5" not in scores.names()


def test_files_that_are_named_exist():
    for row in re.findall(r"^\| an? .*$", TEXT, re.MULTILINE):
        for room in re.findall(r"`((?:kpoc|tuning)/[a-z_/]+)/NAME\.py`", row):
            assert (ROOT / room).is_dir(), room
        for test in re.findall(r"`(tests/[a-z_/.]+)`", row):
            assert (ROOT / test).exists(), test
