from pathlib import Path

import pytest

from kpoc.ground.cache import cache_folder, discard, make_folder_once


def test_which_folder(monkeypatch, tmp_path):
    monkeypatch.setenv("KPOC_CACHE", str(tmp_path / "env"))
    assert cache_folder() == tmp_path / "env"
    assert cache_folder(tmp_path / "given") == tmp_path / "given"
    monkeypatch.delenv("KPOC_CACHE")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert cache_folder() == Path(tmp_path, ".cache", "kpoc")


def test_whole_or_not_at_all(tmp_path):
    target = tmp_path / "cache" / "thing"

    def fail(folder):
        (folder / "half").write_text("")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        make_folder_once(target, fail)
    assert list(target.parent.iterdir()) == []
    make_folder_once(target, lambda folder: (folder / "whole").write_text("x"))
    assert [p.name for p in target.iterdir()] == ["whole"]
    assert make_folder_once(target, fail) == target
    discard(target)
    assert list(target.parent.iterdir()) == []
    discard(target)


def test_the_first_of_two_wins(tmp_path):
    target = tmp_path / "thing"

    def slow(folder):
        (folder / "mine").write_text("late")
        make_folder_once(target, lambda f: (f / "theirs").write_text("first"))

    make_folder_once(target, slow)
    assert [p.name for p in target.iterdir()] == ["theirs"]
    assert list(tmp_path.iterdir()) == [target]
