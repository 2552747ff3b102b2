"""What a child Python runs, in folders that hold modules of the same names."""

import shutil
import subprocess
import sys
from pathlib import Path

import kpoc
import tuning
from kpoc.ground import child_python
from kpoc.ground.child_python import child_command

MARK = "open('touched', 'a').write(__file__ + chr(10))\n"


def run(command, folder):
    return subprocess.run(
        command, cwd=folder, capture_output=True, text=True, check=True
    ).stdout


def test_modules_of_the_current_folder_are_not_run(tmp_path):
    (tmp_path / "kpoc").mkdir()
    names = ("random.py", "queue.py", "yaml.py", "kpoc/__init__.py")
    files = [tmp_path / name for name in names]
    for file in files:
        file.write_text(MARK)
    # what is kept out is what Python would have run
    run([sys.executable, "-c", "import random, queue, yaml, kpoc"], tmp_path)
    touched = tmp_path / "touched"
    assert all(str(file) in touched.read_text() for file in files)
    touched.unlink()
    (tmp_path / "argparse.py").write_text(MARK)
    assert "kpoc" in run(child_command("kpoc", "--version"), tmp_path)
    assert not touched.exists()
    shutil.rmtree(tmp_path / "kpoc")
    assert "kpoc" in run([sys.executable, "-m", "kpoc", "--version"], tmp_path)
    assert not touched.exists()


def test_of_a_checkout_that_is_not_installed_its_own_packages_are_run(tmp_path):
    checkout, elsewhere = tmp_path / "checkout", tmp_path / "elsewhere"
    elsewhere.mkdir()
    for name in ("kpoc", "tuning"):
        (checkout / name).mkdir(parents=True)
        (checkout / name / "__init__.py").touch()
        (checkout / name / "__main__.py").write_text(
            "import sys, random, tuning\nprint(__file__, random.__file__, sys.argv)"
        )
    (checkout / "random.py").write_text(MARK)
    (checkout / "kpoc" / "ground").mkdir()
    script = shutil.copy(child_python.__file__, checkout / "kpoc" / "ground")
    command = [sys.executable, "-P", script, "tuning", "--data", "a b"]
    main, module, said = run(command, elsewhere).split(maxsplit=2)
    assert Path(main) == checkout / "tuning" / "__main__.py"
    assert Path(module).parent != checkout
    assert said.strip() == str([main, "--data", "a b"])


def test_another_python_takes_the_packages_that_are_installed_in_it():
    command = child_command("kpoc", "recipes", python="/other/bin/python")
    assert command == ["/other/bin/python", "-P", "-m", "kpoc", "recipes"]


def test_nothing_else_starts_a_python():
    tops = [Path(kpoc.__file__).parent, Path(tuning.__file__).parent]
    files = [file for top in tops for file in top.rglob("*.py")]
    found = {file.name for file in files if "sys.executable" in file.read_text("utf-8")}
    # the second asks which Python, the third is told
    assert found == {"child_python.py", "environments.py", "child.py"}
