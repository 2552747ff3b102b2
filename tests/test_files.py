import fcntl

import pytest

from kpoc.files import Lock, atomic


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


def test_a_lock_is_held_by_one_and_its_file_is_never_taken_from_another(tmp_path):
    first, second, third = (Lock(tmp_path / "run") for _ in range(3))
    assert first.acquire() and not second.acquire()
    # opened while the first has it, so it is a file that nobody finds any more
    late = open(tmp_path / ".run.lock", "w")
    first.release()
    fcntl.flock(late, fcntl.LOCK_EX | fcntl.LOCK_NB)
    assert second.acquire() and not third.acquire()
    late.close()
    first.release()
    assert not third.acquire()
    second.release()
    assert third.acquire()
    third.release()
    assert not list(tmp_path.iterdir())


def test_a_full_disk_names_the_file(tmp_path):
    with (
        pytest.raises(OSError, match="No space left.*run.json"),
        atomic(tmp_path / "run.json"),
        open("/dev/full", "w") as full,
    ):
        full.write("x")
