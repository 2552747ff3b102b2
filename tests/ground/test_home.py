"""Users without a home folder."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from kpoc.ground import home
from kpoc.ground.cache import cache_folder

NOBODY = """
import pwd

def getpwuid(uid):
    raise KeyError(uid)

pwd.getpwuid = getpwuid
"""


def as_nobody(tmp_path, code, **variables):
    """Runs code as a user whom the system does not know, in a folder of its own."""
    (tmp_path / "sitecustomize.py").write_text(NOBODY)
    place = tmp_path / "work"
    place.mkdir(exist_ok=True)
    hidden = {"HOME", "USER", "LOGNAME", "KPOC_CACHE"}
    kept = {name: value for name, value in os.environ.items() if name not in hidden}
    kept |= {"PYTHONPATH": str(tmp_path), "TMPDIR": str(tmp_path), **variables}
    done = subprocess.run(
        [sys.executable, "-P", "-c", code],
        env=kept,
        cwd=place,
        capture_output=True,
        text=True,
        check=True,
    )
    assert not list(place.iterdir())
    return done


COMMAND = """
import os
from kpoc.cli import main
from kpoc.ground.cache import cache_folder
try:
    main(["--version"])
except SystemExit:
    print(cache_folder(), os.path.expanduser("~"), sep="\\n")
"""


@pytest.mark.parametrize("variables", [{}, {"HOME": "/proc/none"}])
def test_the_command_works_in_a_folder_of_the_users_own(tmp_path, variables):
    done = as_nobody(tmp_path, COMMAND, **variables)
    own = tmp_path / f"kpoc-{os.getuid()}"
    assert own.stat().st_mode & 0o777 == 0o700
    # what Keras, Matplotlib and others go by
    *_, cache, of_others = done.stdout.splitlines()
    assert Path(cache) == own / ".cache" / "kpoc" and Path(of_others) == own
    assert done.stderr.count("KPOC_CACHE") == done.stderr.count(cache) == 1
    # where its variable says another place there is nothing to tell
    code = "from kpoc.cli import main; main(['--help'])"
    assert not as_nobody(tmp_path, code, KPOC_CACHE="elsewhere", **variables).stderr


def test_a_notebook_is_told_once_and_its_home_is_left_alone(tmp_path):
    code = (
        "import os; from kpoc.ground.cache import cache_folder\n"
        "print(cache_folder() == cache_folder(), 'HOME' in os.environ)"
    )
    done = as_nobody(tmp_path, code)
    assert done.stdout.split() == ["True", "False"]
    assert len(done.stderr.splitlines()) == 1 and "KPOC_CACHE" in done.stderr


def test_a_folder_of_that_name_that_others_can_write_to_is_not_used(
    tmp_path, monkeypatch
):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    own = home.own_folder()
    assert home.own_folder() == own
    own.chmod(0o777)
    assert home.own_folder() != own
    own.rmdir()
    own.symlink_to(tmp_path)
    assert home.own_folder() != own


def test_a_home_that_can_be_used_stays(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("KPOC_CACHE", raising=False)
    assert home.ensure_home() is None
    assert os.environ["HOME"] == str(tmp_path)
    assert cache_folder() == tmp_path / ".cache" / "kpoc"
