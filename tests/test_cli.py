import contextlib
import os
import platform
import signal
import subprocess
import sys
import time

import pytest

from kpoc.cli import set_up_tensorflow
from kpoc.recipe import recipe_names


def test_help_names_every_verb_and_loads_nothing_heavy():
    script = (
        "import sys; from kpoc.cli import main\n"
        "try: main(['--help'])\n"
        "except SystemExit: pass\n"
        "heavy = {'keras', 'tensorflow', 'pandas', 'numpy', 'matplotlib', 'pydantic'}\n"
        "print('LOADED', sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    for verb in ("train", "compare", "predict", "data", "recipes"):
        assert verb in done.stdout
    assert done.stdout.strip().endswith("LOADED []")


def test_importing_kpoc_imports_no_keras():
    script = "import sys, kpoc; dir(kpoc); print('keras' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "False"


@pytest.mark.parametrize(
    ("machine", "given", "expected"),
    [("x86_64", None, "1"), ("x86_64", "0", "0"), ("aarch64", None, None)],
)
def test_onednn_is_on_unless_set_otherwise(monkeypatch, machine, given, expected):
    variable = "TF_ENABLE_ONEDNN_OPTS"
    monkeypatch.setenv(variable, given or "")
    if given is None:
        monkeypatch.delenv(variable)
    monkeypatch.setattr(platform, "machine", lambda: machine)
    set_up_tensorflow()
    assert os.environ.get(variable) == expected


@pytest.mark.parametrize("room", ["evaluation", "report", "data", "recipe"])
def test_rooms_that_need_no_keras_import_none(room):
    script = (
        f"import sys, kpoc.{room}; print({{'keras', 'tensorflow'}} & set(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "set()"


def test_recipes_are_listed(kpoc_command):
    listed = kpoc_command("recipes").stdout
    assert all(name in listed for name in recipe_names())


def test_data_build_shows_every_step_and_writes_the_table(kpoc_command, tmp_path):
    file = tmp_path / "m.parquet"
    done = kpoc_command("data", "build", "tiny.yaml", "--out", file)
    for part in ("after test", "test 40", "train 160", "validation 40", "digest: "):
        assert part in done.stdout
    assert file.stat().st_size > 0


def test_a_missing_root_says_how_to_give_one(kpoc_command):
    done = kpoc_command("train", "faces/baseline", status=1, KPOC_DATA="")
    assert "--data" in done.stderr and "KPOC_DATA" in done.stderr


@pytest.mark.parametrize(
    ("words", "part"),
    [
        (["train", "a", "b"], "one recipe"),
        (["train", "baseline.yaml", "epoch=1"], "`epochs`"),
        (["train", "portraits/baselin"], "portraits/baseline"),
        (["data", "build", "nope"], "nope"),
    ],
)
def test_errors_are_one_message_without_a_traceback(kpoc_command, words, part):
    done = kpoc_command(*words, status=1)
    assert done.stderr.startswith("kpoc: ") and part in done.stderr
    assert "Traceback" not in done.stderr


def test_an_unknown_option_is_refused(kpoc_command):
    assert "--sed" in kpoc_command("train", "--sed", "3", status=2).stderr


@pytest.mark.parametrize(
    "words",
    [
        ("data", "check", "good", "bad"),
        ("data", "init", "photos", "more"),
        ("data", "build", "tiny.yaml", "more"),
        ("recipes", "more"),
    ],
)
def test_a_word_too_many_is_refused(kpoc_here, words, capsys):
    with pytest.raises(SystemExit) as left:
        kpoc_here(*words)
    assert left.value.code == 2


@pytest.mark.parametrize(
    ("out", "part"),
    [
        ("o.csv", "ends in .parquet"),
        (".", "ends in .parquet"),
        ("tiny.yaml/o.parquet", "a file"),
    ],
)
def test_where_a_table_cannot_go_is_said_before_it_is_built(kpoc_here, out, part):
    done = kpoc_here("data", "build", "nosuch.yaml", "--out", out, status=1)
    assert done.stderr.startswith("kpoc: `--out` must be") and part in done.stderr


def test_interrupting_leaves_130_and_one_line(workshop, tmp_path):
    command = [sys.executable, "-m", "kpoc", "train", "baseline.yaml", "epochs=99999"]
    process = subprocess.Popen(
        [*command, "--runs", str(tmp_path)],
        cwd=workshop,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # what runs in the background of a shell inherits that Ctrl-C is ignored
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    for line in process.stdout:
        if line.startswith("epoch 2/"):
            break
    time.sleep(0.2)
    for _ in range(3):
        # Python drops an interrupt that falls into a destructor: people press again
        process.send_signal(signal.SIGINT)
        with contextlib.suppress(subprocess.TimeoutExpired):
            _, errors = process.communicate(timeout=20)
            break
    assert process.returncode == 130
    assert "interrupted" in errors and "Traceback" not in errors
    [run] = tmp_path.rglob("run.json")
    assert '"status": "failed"' in run.read_text()
    assert (run.parent / "best.weights.h5").exists()
