"""Which room may import which: docs/architecture.md, read off the code."""

import ast
import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

import kpoc
from kpoc.ground import run_files

ROOT = Path(kpoc.__file__).parent
FLOORS = [
    {"losses"},
    {"metrics"},
    {"optimizers"},
    {"version"},
    {"ground"},
    {"plugins"},
    {"pictures"},
    {"augmentation"},
    {"layers"},
    {"sources"},
    {"protocols"},
    {"batches", "weights"},
    {"recipe", "recipes"},
    {"models"},
    {"runs"},
    {"evaluation"},
    {"report"},
    {"inference"},
    {"training"},
    {"exporting", "recording"},
    {"data_init", "data_show"},
    {"comparing"},
    {"testing"},
    {"commands"},
    {"cli"},
]
"""The rooms from the ground up: none imports one above it, nor one beside it."""
ALONE = ("losses", "metrics", "optimizers")
FACADES = {"__init__", "__main__", "data"}


@cache
def imports():
    """(room, module, imported module) of every import that runs."""
    found = []
    for file in sorted(ROOT.rglob("*.py")):
        parts = file.relative_to(ROOT).with_suffix("").parts
        tree = ast.parse(file.read_text("utf-8"))
        skipped = {
            id(inner)
            for node in ast.walk(tree)
            if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)
            for inner in ast.walk(node)
        }
        for node in ast.walk(tree):
            if id(node) in skipped:
                continue
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and node.module:
                names = [node.module]
                if node.module == "kpoc":
                    names = [f"kpoc.{alias.name}" for alias in node.names]
            else:
                continue
            found += [(parts[0], ".".join(parts), name) for name in names]
    return found


def test_every_room_has_its_floor():
    rooms = {
        path.name.removesuffix(".py")
        for path in ROOT.iterdir()
        if path.name != "__pycache__" and (path.is_dir() or path.suffix == ".py")
    }
    assert rooms - FACADES - {"data_manifests"} == set().union(*FLOORS)


def test_no_room_imports_one_above_or_beside_it():
    floor = {room: number for number, rooms in enumerate(FLOORS) for room in rooms}
    wrong = [
        f"{module} imports {name}"
        for room, module, name in imports()
        if name.startswith("kpoc.")
        and room in floor
        and (other := name.split(".")[1]) in floor
        and other != room
        and floor[other] >= floor[room]
    ]
    assert not wrong


@pytest.mark.parametrize("room", ALONE)
def test_the_shelf_imports_nothing_else_of_kpoc(room):
    wrong = [
        f"{module} imports {name}"
        for at, module, name in imports()
        if at == room and re.match(rf"kpoc(?!\.{room}\b)", name)
    ]
    assert not wrong


def test_nothing_of_kpoc_imports_the_search_or_benchmarks():
    wrong = [m for _, m, name in imports() if re.match(r"(tuning|benchmarks)\b", name)]
    assert not wrong


def test_tensorflow_is_imported_where_its_own_things_are_alone():
    allowed = {"batches.pipelines.tf_data", "models.stand_ins.tfvit"}
    found = set()
    for file in ROOT.rglob("*.py"):
        at_import = ast.parse(file.read_text("utf-8")).body
        names = [ast.unparse(n) for n in at_import if isinstance(n, ast.Import)]
        names += [n.module or "" for n in at_import if isinstance(n, ast.ImportFrom)]
        if any(re.search(r"\btensorflow\b", name) for name in names):
            found.add(".".join(file.relative_to(ROOT).with_suffix("").parts))
    assert found == allowed


def test_evaluation_and_report_load_no_keras_and_no_training():
    modules = [
        ".".join(("kpoc", *file.relative_to(ROOT).with_suffix("").parts)).removesuffix(
            ".__init__"
        )
        for room in (
            "evaluation",
            "report",
            "comparing",
            "recipe",
            "protocols",
            "plugins",
        )
        for file in sorted((ROOT / room).rglob("*.py"))
    ]
    code = (
        f"import importlib, sys\nfor name in {modules}: importlib.import_module(name)\n"
        "print([m for m in ('keras', 'tensorflow', 'torch', 'jax')"
        " if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False
    )
    assert done.stdout.strip() == "[]", done.stdout + done.stderr


def test_files_of_a_run_are_named_in_one_place():
    # and used by the rooms of which that file speaks; the others ask `kpoc.runs`
    known = [value for name, value in vars(run_files).items() if name.isupper()]
    names = {name for name in known if Path(name).suffix}
    wrong = []
    allowed = {"runs", "ground", "plugins", "weights", "models", "report"}
    for file in [*ROOT.rglob("*.py"), *ROOT.parent.glob("tuning/**/*.py")]:
        room = file.relative_to(ROOT).parts[0] if ROOT in file.parents else "tuning"
        tree = ast.parse(file.read_text("utf-8"))
        docs = {ast.get_docstring(n, clean=False) for n in ast.walk(tree) if has_doc(n)}
        for node in ast.walk(tree):
            text = node.value if isinstance(node, ast.Constant) else None
            if not isinstance(text, str) or text in docs:
                continue
            said = text in names or text.startswith("predictions_")
            # a trial of a search has a recipe before it has a run
            own = room == "tuning" and text == run_files.RECIPE
            if said and not own and file.name != "run_files.py":
                wrong.append(f"{file.relative_to(ROOT.parent)}: {text}")
        if room not in allowed and "run_files" in file.read_text("utf-8"):
            wrong.append(f"{file.relative_to(ROOT.parent)} imports run_files")
    assert not wrong


def has_doc(node):
    return isinstance(
        node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef
    )


def test_no_file_is_above_400_lines():
    long = {
        str(file.relative_to(ROOT)): lines
        for file in ROOT.rglob("*.py")
        if (lines := len(file.read_text("utf-8").splitlines())) > 400
    }
    assert not long
