"""Rows of a training, kept where the recipe says."""

import numpy as np
import pytest

from kpoc.training import rows as room
from kpoc.training.objective import Needs
from kpoc.training.plan import make_plan
from kpoc.training.rows import load_rows, where_to_keep


def test_auto_takes_the_first_place_with_room(monkeypatch, tmp_path):
    monkeypatch.setenv("KPOC_CACHE", str(tmp_path))
    assert where_to_keep("auto", 10, 32) == "memory"
    monkeypatch.setattr(room, "fits_in_memory", lambda images, size: False)
    assert where_to_keep("auto", 10, 32) == "disk"
    monkeypatch.setenv("KPOC_CACHE_GB", "0")
    assert where_to_keep("auto", 10, 32) == "none"
    assert where_to_keep("memory", 10, 32) == "memory"
    with pytest.raises(ValueError, match="KPOC_CACHE_GB"):
        where_to_keep("disk", 10, 32)


def test_every_place_holds_the_same_images(workshop, monkeypatch, tmp_path, capsys):
    monkeypatch.setenv("KPOC_CACHE", str(tmp_path / "cache"))
    monkeypatch.chdir(workshop)
    found = {}
    for cache in ("memory", "disk", "disk", "none"):
        plan = make_plan(
            "baseline.yaml", runs=tmp_path / "runs", overrides={"cache": cache}
        )
        found[cache] = load_rows(plan, unkept=["test"], needs=Needs())
    said = capsys.readouterr().out
    assert "decoded 200 images in" in said
    assert said.count("200 decoded images in the cache folder") == 2
    assert len(list((tmp_path / "cache" / "decoded").glob("[0-9a-f]*"))) == 2
    for split in ("train", "validation"):
        memory, disk = found["memory"][split], found["disk"][split]
        np.testing.assert_array_equal(memory.pixels, disk.pixels)
        assert found["none"][split].pixels is None
    assert found["disk"]["test"].pixels is None
