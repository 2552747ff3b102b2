import pytest

from kpoc.files import atomic


def test_a_folder_replaces_a_folder_whole_or_not_at_all(tmp_path):
    target = tmp_path / "model"
    with atomic(target) as part:
        part.mkdir()
        (part / "old").write_text("1")
    with atomic(target) as part:
        (part / "inner").mkdir(parents=True)
        (part / "inner" / "new").write_text("2")
    assert [p.name for p in target.rglob("*")] == ["inner", "new"]
    with pytest.raises(ZeroDivisionError), atomic(target) as part:
        part.mkdir()
        (part / "half").write_text(str(1 / 0))
    assert (target / "inner" / "new").read_text() == "2"
    assert list(tmp_path.iterdir()) == [target]


def test_a_file_replaces_no_folder(tmp_path):
    target = tmp_path / "kept"
    target.mkdir()
    (target / "inside").write_text("1")
    with pytest.raises(OSError), atomic(target) as part:
        part.write_text("2")
    assert (target / "inside").read_text() == "1"
    assert list(tmp_path.iterdir()) == [target]
