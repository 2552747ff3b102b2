"""Plug-ins of recipes and runs: what is executed, what is remembered, what refused."""

import hashlib
import importlib
import os
import sys

import pytest

from kpoc import plugins
from kpoc.cli import main
from kpoc.plugins import PluginError, found
from kpoc.plugins.of_run import ALLOWED
from kpoc.protocols.step import STEPS
from kpoc.recipe import load_recipe
from kpoc.runs.plugins import keep_plugins

STEP = """
from kpoc.protocols.step import Step, register_step

@register_step("{name}")
class Mine(Step):
    def apply(self, rows):
        return rows
"""
MINE = """
extends: portraits/baseline
name: mine
plugins: [{word}]
"""


def written(folder, name="my_step", text=None):
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{name}.py"
    file.write_text(STEP.format(name=f"{name}_of_tests") if text is None else text)
    return file, hashlib.sha256(file.read_bytes()).hexdigest()


def recipe_in(folder, word="my_step.py", name="mine.yaml"):
    file = folder / name
    file.write_text(MINE.format(word=word))
    return str(file)


@pytest.fixture
def run(tmp_path):
    """A run directory whose recipe names its own copy; nothing is executed yet."""
    folder = tmp_path / "run"
    file, sha256 = written(folder / "plugins")
    said = f"{{name: my_step, path: plugins/my_step.py, sha256: {sha256}}}"
    recipe_in(folder, said, "recipe.yaml")
    (folder / "run.json").write_text("{}")
    return folder, sha256


def test_a_recipe_has_its_plugin_executed_once(tmp_path, monkeypatch):
    file, sha256 = written(tmp_path)
    with file.open("a") as more:
        more.write("print('executed')\n")
    sha256 = hashlib.sha256(file.read_bytes()).hexdigest()
    path, said = recipe_in(tmp_path), []
    monkeypatch.setattr("builtins.print", said.append)
    for _ in range(2):
        (used,) = load_recipe(path).plugins
    assert said == ["executed"] and "my_step_of_tests" in STEPS.names()
    assert (used.name, used.sha256, used.path) == ("my_step", sha256, str(file))


def test_the_content_belongs_to_the_key_and_its_place_does_not(tmp_path):
    file, _ = written(tmp_path)
    recipe = load_recipe(recipe_in(tmp_path))
    plain = load_recipe("portraits/baseline")
    assert plain.key("rows") != recipe.key("rows")
    assert plain.model_copy(update={"plugins": recipe.plugins}).key() == recipe.key()

    def other(**values):
        (used,) = recipe.plugins
        return recipe.model_copy(
            update={"plugins": [used.model_copy(update=values)]}
        ).key()

    assert other(path="/elsewhere/renamed.py", name="renamed") == recipe.key()
    assert other(sha256="0" * 64) != recipe.key()


def test_what_is_extended_and_what_the_command_names_come_together(tmp_path):
    for name in ("one", "two", "three"):
        written(tmp_path, name)
    base = recipe_in(tmp_path, "one.py", "base.yaml")
    file = tmp_path / "mine.yaml"
    file.write_text(f"extends: {base}\nplugins: two.py\n")
    third = {"plugins": [str(tmp_path / "three.py"), str(tmp_path / "one.py")]}
    names = [used.name for used in load_recipe(str(file), third).plugins]
    assert names == ["one", "two", "three"]


def test_a_child_process_gets_a_recipe_that_leads_to_the_file(tmp_path, monkeypatch):
    written(tmp_path)
    monkeypatch.chdir(tmp_path)
    recipe = load_recipe(recipe_in(tmp_path, name="here.yaml"))
    plugins.loading._LOADED.clear()
    del STEPS._entries["my_step_of_tests"]
    monkeypatch.chdir("/")
    with open(tmp_path / "handed", "w+") as file:
        file.write(recipe.to_yaml())
        file.seek(0)
        handed = load_recipe(f"/dev/fd/{file.fileno()}")
    assert handed == recipe and "my_step_of_tests" in STEPS.names()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("x = 1\nundefined\n", "NameError: name 'undefined' is not defined .*, line 2"),
        ("def x(:\n", "SyntaxError: invalid syntax .*line 1"),
        ("import sys\nsys.exit(3)\n", "SystemExit: 3 .*, line 2"),
        (STEP.format(name="split"), "must be new.* 'split'.*line 4"),
        ("import no_such_module\n", "ModuleNotFoundError: .*, line 1"),
    ],
)
def test_a_plugin_that_fails_says_where_in_one_line(tmp_path, text, said, capsys):
    file, _ = written(tmp_path, text=text)
    assert main(["compare", recipe_in(tmp_path), "portraits/baseline"]) == 1
    error = capsys.readouterr().err
    assert error.count("\n") == 1 and str(file) in error
    with pytest.raises(PluginError, match=f"my_step cannot be used: .*{said}"):
        load_recipe(recipe_in(tmp_path))


def test_what_is_not_there_is_said_with_what_is(tmp_path):
    written(tmp_path)
    for word, said in {
        "my_stp.py": "my_stp.py; Did you mean `my_step.py`",
        "no/where.py": f"there is no folder {tmp_path}/no",
        "no_such_plugin": "Received: 'no_such_plugin'",
        "3": "plugins.0",
    }.items():
        with pytest.raises(ValueError, match=said):
            load_recipe(recipe_in(tmp_path, word))
    with pytest.raises(PluginError, match=r"(?s)2 plug-ins.*- .*a\.py.*- .*b\.py"):
        load_recipe(recipe_in(tmp_path, "a.py, b.py"))


def test_two_of_one_name_are_refused_and_one_content_in_two_places_is_one(tmp_path):
    (first, one), (second, two) = written(tmp_path), written(tmp_path / "b", text="")
    plugins.load(first)
    copy = tmp_path / "copy.py"
    copy.write_bytes(first.read_bytes())
    assert plugins.load(copy).file == first
    with pytest.raises(PluginError, match=f"two my_step, {first}.*{one}.*{two}"):
        plugins.load(second)


def test_a_file_that_changed_is_named_with_both_hashes(tmp_path):
    file, before = written(tmp_path)
    recipe = load_recipe(recipe_in(tmp_path))
    kept = tmp_path / "kept.yaml"
    kept.write_text(recipe.to_yaml())
    file.write_text("")
    after = hashlib.sha256(b"").hexdigest()
    assert load_recipe(str(kept)).key() == recipe.key()
    with pytest.raises(PluginError, match=f"Python must.*{before}.*{after}"):
        load_recipe(recipe_in(tmp_path))
    plugins.loading._LOADED.clear()
    with pytest.raises(PluginError, match=f"changed since.*{before}.*{after}"):
        load_recipe(str(kept))


def test_a_run_keeps_what_was_executed(tmp_path):
    file, sha256 = written(tmp_path)
    source = file.read_bytes()
    recipe = load_recipe(recipe_in(tmp_path))
    file.unlink()
    kept = keep_plugins(recipe, tmp_path)
    assert (tmp_path / "plugins" / "my_step.py").read_bytes() == source
    assert kept.plugins[0].path == "plugins/my_step.py" and kept.key() == recipe.key()


def test_code_in_a_run_does_not_run_unless_it_is_allowed(run, tmp_path):
    folder, sha256 = run
    mine = tmp_path / "mine.yaml"
    mine.write_text(f"extends: {folder}/recipe.yaml")
    needed = f"{folder} needs the plug-in my_step .SHA-256 {sha256}.*--trust {sha256}"
    for read in (
        lambda: load_recipe(folder / "recipe.yaml"),
        lambda: load_recipe(str(mine)),
        lambda: plugins.load_of_run(folder),
    ):
        with pytest.raises(PluginError, match=needed):
            read()
    assert "my_step_of_tests" not in STEPS.names()
    plugins.trust(sha256)
    assert load_recipe(folder / "recipe.yaml").plugins[0].sha256 == sha256
    assert os.environ[ALLOWED] == sha256 and "my_step_of_tests" in STEPS.names()


def test_a_run_is_allowed_as_a_whole(run):
    folder, _ = run
    plugins.trust(folder)
    plugins.load_of_run(folder)
    assert "my_step_of_tests" in STEPS.names()
    with pytest.raises(PluginError, match=r"`--trust` must be .* Received: abc"):
        plugins.trust("abc")


def test_the_same_content_named_by_the_user_allows_it(run, tmp_path):
    folder, sha256 = run
    written(tmp_path)
    load_recipe(recipe_in(tmp_path))
    (used,) = load_recipe(folder / "recipe.yaml").plugins
    assert used.sha256 == sha256 and used.path == f"{folder}/plugins/my_step.py"


@pytest.mark.parametrize("changed", ["own", "copy"])
def test_a_plugin_that_changed_after_its_run_is_named_with_both_hashes(
    run, tmp_path, changed
):
    folder, before = run
    place = tmp_path if changed == "own" else folder / "plugins"
    file, after = written(place, text="# changed")
    if changed == "own":
        plugins.load(file)
    else:
        plugins.trust(folder)
    said = f"since {folder} was made.*{before}.*{after}"
    with pytest.raises(PluginError, match=said):
        load_recipe(folder / "recipe.yaml")


def test_a_run_that_says_no_hash_allows_nothing(run):
    folder, sha256 = run
    for word in ("plugins/my_step.py", "{path: plugins/my_step.py}"):
        recipe_in(folder, word, "recipe.yaml")
        with pytest.raises(PluginError, match=f"needs the plug-in.*{sha256}"):
            load_recipe(folder / "recipe.yaml")
    recipe_in(folder, "antigravity", "recipe.yaml")
    with pytest.raises(PluginError, match="must say the `sha256`"):
        load_recipe(folder / "recipe.yaml")


@pytest.fixture
def installed(tmp_path, monkeypatch):
    """A package with a module for each of two entry points of the group."""
    site = tmp_path / "site"
    for name in ("their_steps", "their_others"):
        written(site / name, "__init__", STEP.format(name=name))
    written(site / "their_steps", "more", "")
    info = site / "theirs-2.5.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: theirs\nVersion: 2.5")
    entries = "[kpoc.plugins]\ntheirs = their_steps\nothers = their_others\n"
    (info / "entry_points.txt").write_text(entries)
    monkeypatch.syspath_prepend(site)
    found._entry_points.cache_clear()
    yield site
    found._entry_points.cache_clear()
    importlib.invalidate_caches()


def test_an_entry_point_is_loaded_where_it_is_named_and_the_others_are_not(
    installed, tmp_path
):
    (used,) = load_recipe(recipe_in(tmp_path, "theirs")).plugins
    assert (used.name, used.path, used.version) == ("theirs", None, "2.5")
    assert "their_steps" in STEPS.names() and "their_others" not in sys.modules
    key = load_recipe(recipe_in(tmp_path, "theirs")).key()
    plugins.loading._LOADED.clear()
    del sys.modules["their_steps"], STEPS._entries["their_steps"]
    # all files of a package count
    (installed / "their_steps" / "more.py").write_text("x = 1")
    assert load_recipe(recipe_in(tmp_path, "theirs")).key() != key
    with pytest.raises(PluginError, match=r"Did you mean `theirs` or"):
        plugins.load("their")


def test_a_module_is_loaded_by_its_name_and_not_copied(installed, tmp_path):
    recipe = load_recipe(recipe_in(tmp_path, "their_steps.more"))
    assert recipe.plugins[0].version is None and "their_steps.more" in sys.modules
    assert keep_plugins(recipe, tmp_path) == recipe
    assert not (tmp_path / "plugins").exists()
