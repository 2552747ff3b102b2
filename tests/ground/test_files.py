import errno
import fcntl
import os
import signal
import subprocess
import sys

import pytest

from kpoc.ground.cache import make_folder_once
from kpoc.ground.files import Lock, atomic, part_of, remove_left_behind
from kpoc.ground.processes import mark


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


LEAVE = """
import os, pathlib, signal, sys
from kpoc.ground.cache import make_folder_once
from kpoc.ground.files import Lock, atomic
folder = pathlib.Path(sys.argv[1])

def fill(work):
    (work / "half").write_text("1")
    with atomic(folder / "card.md") as part:
        part.write_text("half")
        assert Lock(folder / "run").acquire()
        os.kill(os.getpid(), signal.SIGKILL)

make_folder_once(folder / "faces", fill)
"""


@pytest.fixture
def left(tmp_path):
    """What a killed process has left in a folder."""
    command = [sys.executable, "-c", LEAVE, tmp_path]
    assert subprocess.run(command).returncode == -signal.SIGKILL
    names = sorted(path.name for path in tmp_path.iterdir())
    assert len(names) == 3 and names[-1] == ".run.lock"
    return tmp_path


@pytest.mark.parametrize("how", ["file", "folder"])
def test_what_a_killed_process_left_is_removed_by_the_next(left, how):
    # what is at work, of another machine or somebody else's stays
    stay = {part_of(left / "mine.txt").name, ".theirs.lock", ".1234-notes"}
    stay |= {f".77-{'f' * 16}{'0' * 12}-elsewhere"}
    for name in stay:
        (left / name).write_text("kept")
    held = Lock(left / "held")
    assert held.acquire()
    if how == "file":
        with atomic(left / "new") as part:
            part.write_text("1")
    else:
        make_folder_once(left / "new", lambda work: None)
    assert {path.name for path in left.iterdir()} == stay | {"new", ".held.lock"}
    held.release()


def test_a_folder_that_was_moved_aside_is_moved_back(tmp_path):
    pid, _, rest = mark().partition("-")
    for name in ("model", "gone"):
        aside = tmp_path / f".{pid}-{rest[:8]}{'f' * 8}{'0' * 12}-{name}.old"
        aside.mkdir()
        (aside / "whole").write_text(name)
    (tmp_path / "model").mkdir()
    remove_left_behind(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["gone", "model"]
    assert (tmp_path / "gone" / "whole").read_text() == "gone"
    assert not list((tmp_path / "model").iterdir())


def test_no_lock_follows_a_link_or_cuts_a_file(tmp_path):
    precious = tmp_path / "precious"
    precious.write_text("kept")
    (tmp_path / ".run.lock").symlink_to(precious)
    with pytest.raises(OSError, match="must not be a link"):
        Lock(tmp_path / "run").acquire()
    (tmp_path / ".other.lock").hardlink_to(precious)
    lock = Lock(tmp_path / "other")
    assert lock.acquire()
    lock.release()
    assert precious.read_text() == "kept"


def test_no_part_is_written_through_a_link(tmp_path):
    precious = tmp_path / "precious"
    precious.write_text("kept")
    (tmp_path / f".{os.getpid()}-card.md").symlink_to(precious)
    with atomic(tmp_path / "card.md") as part:
        part.write_text("card")
    assert precious.read_text() == "kept"


HOLD = """
import sys
from kpoc.ground.files import Lock
lock = Lock(sys.argv[1])
print(lock.acquire(), flush=True)
input()
lock.release()
"""


@pytest.mark.parametrize("without_locks", [False, True])
def test_another_process_is_seen_waited_for_and_outlived(
    tmp_path, without_locks, monkeypatch, capsys
):
    script = HOLD
    if without_locks:
        # as Lustre and some FUSE have it

        def flock(*_):
            raise OSError(errno.ENOSYS, "Function not implemented")

        monkeypatch.setattr(fcntl, "flock", flock)
        script = script.replace(
            "import sys",
            "import errno, fcntl, sys\n"
            "def flock(*_): raise OSError(errno.ENOSYS, 'no')\n"
            "fcntl.flock = flock",
        )
    lock, other = Lock(tmp_path / "run"), Lock(tmp_path / "other")
    assert not lock.is_held and not list(tmp_path.iterdir())

    def start():
        command = [sys.executable, "-c", script, tmp_path / "run"]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
        process = subprocess.Popen(command, stderr=subprocess.PIPE, **pipes)
        assert process.stdout.readline() == b"True\n"
        return process

    with start() as process:
        assert lock.is_held and not lock.acquire()
        lock.wait(lambda: process.communicate(b"\n"))
    lock.release()
    assert not list(tmp_path.iterdir())
    with start() as process:
        assert lock.is_held
        process.kill()
        process.communicate()
        assert not lock.is_held and lock.acquire() and other.acquire()
    lock.release()
    other.release()
    assert not list(tmp_path.iterdir())
    assert capsys.readouterr().err.count("has no locks") == without_locks


def test_a_full_disk_names_the_file(tmp_path):
    with (
        pytest.raises(OSError, match="No space left.*run.json"),
        atomic(tmp_path / "run.json"),
        open("/dev/full", "w") as full,
    ):
        full.write("x")
