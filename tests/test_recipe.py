import hashlib
import json
from typing import Annotated

import pytest

from kpoc.comparing.asked import is_side
from kpoc.ground.schema import SchemaError, Strict
from kpoc.ground.yaml_values import parse_yaml, read_yaml
from kpoc.protocols.protocol import load_protocol
from kpoc.recipe import is_override, load_recipe, parse_overrides, recipe_names
from kpoc.recipe.identity import Absent, identity


def test_all_recipes_that_come_with_kpoc_are_valid():
    names = recipe_names()
    assert {"faces/baseline", "portraits/lmf_denseweight"} <= set(names)
    for name in names:
        recipe = load_recipe(name)
        assert recipe.name == name
        assert recipe.primary_metric in (
            recipe.task.targets[recipe.primary_target].metrics
        )


def test_extending_replaces_a_component_whole_and_merges_the_rest():
    base, method = load_recipe("faces/baseline"), load_recipe("faces/lmf_denseweight")
    assert base.task.targets["age"].loss.name == "mae"
    assert method.task.targets["age"].loss.params == {"loss": "mae", "alpha": 0.25}
    assert method.task.targets["ethnicity"].loss.params == {
        "alpha": 2.5,
        "beta": 0.05,
        "gamma": 4.0,
    }
    assert method.task.targets["ethnicity"].weight == 2.0
    assert method.model == base.model


def test_overrides_by_dotted_key_reach_components_and_nested_mappings():
    words = ["epochs=5", "image_size=128", "optimizer.learning_rate=1e-4"]
    words += ["model.options.padding=symmetric", "task.targets.age.weight=0.5"]
    recipe = load_recipe("faces/baseline", parse_overrides(words))
    assert (recipe.epochs, recipe.image_size) == (5, 128)
    assert recipe.optimizer.params == {"learning_rate": 1e-4}
    assert recipe.model.options == {
        "batch_norm_momentum": 0.99,
        "padding": "symmetric",
    }
    assert recipe.task.targets["age"].weight == 0.5


def test_a_new_component_name_drops_the_old_parameters():
    recipe = load_recipe("faces/baseline", {"optimizer": {"name": "sgd"}})
    assert recipe.optimizer.params == {}


@pytest.mark.parametrize(
    ("override", "parts"),
    [
        ("epoch=5", ["`epoch`", "`epochs`", "5"]),
        ("epochs=many", ["`epochs`", "integer", "'many'"]),
        ("epochs=0", ["`epochs`", "greater than or equal to 1", "0"]),
        ("model.bakbone=x", ["`model.bakbone`", "`backbone`"]),
        ("primary=ethnicity.macrof1", ["`primary`", "`ethnicity.macro_f1`"]),
        ("task.targets.age.range=[0, 80]", ["log", "range", "[0"]),
        ("task.targets.gender.classes=[A, B, C]", ["exactly 2", "'C'"]),
        ("image_size.x=5", ["`image_size.x`", "not a mapping"]),
        ("model.weights=''", ["`model.weights`", "at least 1 character"]),
    ],
)
def test_errors_name_the_key_the_rule_and_what_came(override, parts):
    with pytest.raises(SchemaError) as error:
        load_recipe("faces/baseline", parse_overrides([override]))
    for part in parts:
        assert part in str(error.value)


def test_all_problems_are_listed_at_once():
    overrides = {"epoch": 1, "batch_size": "x", "model.dropout": 2.0}
    with pytest.raises(SchemaError, match="3 problem") as error:
        load_recipe("faces/baseline", overrides)
    for key in overrides:
        assert f"`{key}`" in str(error.value)


@pytest.mark.parametrize("name", ["a.b", "a b", "ok?", "größe", "_x", ""])
def test_targets_have_plain_names(name):
    target = {"kind": "regression", "range": [0, 1], "loss": "mae", "metrics": ["mae"]}
    task = {"protocol": "faces", "targets": {name: target}}
    with pytest.raises(SchemaError, match="letters from a to z, digits, - and _"):
        load_recipe({"task": task})


@pytest.mark.parametrize(
    ("override", "parts"),
    [
        ("age.loss=lmf", ["regression", "`mae`", "'lmf'"]),
        ("gender.loss=dense", ["binary", "`lmf`", "'dense'"]),
        ("ethnicity.loss=categorical_crossentropy", ["categorical", "`sparse_cat"]),
        ("ethnicity.loss=mse", ["categorical", "`ldam`", "'mse'"]),
        ("gender.loss.from_logits=false", ["logits", "from_logits=False"]),
    ],
)
def test_a_loss_must_suit_its_target(override, parts):
    with pytest.raises(SchemaError) as error:
        load_recipe("faces/baseline", parse_overrides([f"task.targets.{override}"]))
    key = ".".join(f"task.targets.{override}".split(".")[:3])
    for part in [f"`{key}`", *parts]:
        assert part in str(error.value)


def test_an_unknown_recipe_names_the_near_ones():
    with pytest.raises(SchemaError, match="faces/baseline"):
        load_recipe("face/baseline")


def test_a_key_given_twice_and_broken_yaml_are_refused(tmp_path):
    file = tmp_path / "twice.yaml"
    file.write_text("extends: faces/baseline\nepochs: 3\nepochs: 4\n")
    with pytest.raises(SchemaError, match="`epochs`.*line 3"):
        load_recipe(file)
    file.write_text("a: [1,\n")
    with pytest.raises(SchemaError, match=r"twice\.yaml is not valid YAML"):
        load_recipe(file)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("7", 7),
        ("-12", -12),
        ("1_000", 1000),
        ("0", 0),
        ("010", "010"),
        ("0x1F", "0x1F"),
        ("1:30", "1:30"),
        ("1e-3", 1e-3),
        ("1.5E+3", 1500.0),
        ("-.5", -0.5),
        ("3.", 3.0),
        (".inf", float("inf")),
        ("1:30.5", "1:30.5"),
        ("1.2.3", "1.2.3"),
    ],
)
def test_numbers_are_decimal(text, value):
    read = parse_yaml(text, "here")
    assert read == value and type(read) is type(value)


def test_a_mapping_may_be_merged_into_another(tmp_path):
    file = tmp_path / "merged.yaml"
    file.write_text("a: &x {p: 1, q: 2}\nb: {<<: *x, q: 3}\n")
    assert read_yaml(file)["b"] == {"p": 1, "q": 3}
    file.write_text("a: &x {p: 1}\nb: {<<: *x, q: 3, q: 4}\n")
    with pytest.raises(SchemaError, match="`q`"):
        read_yaml(file)


def test_circular_extends_is_refused(tmp_path):
    for one, other in (("a", "b"), ("b", "a")):
        (tmp_path / f"{one}.yaml").write_text(f"extends: {tmp_path}/{other}.yaml\n")
    with pytest.raises(SchemaError, match=r"circle: .*a\.yaml > .*b\.yaml > .*a\.yaml"):
        load_recipe(tmp_path / "a.yaml")
    # another path to the same file at every turn
    (tmp_path / "c.yaml").write_text(f"extends: ../{tmp_path.name}/c.yaml\n")
    with pytest.raises(SchemaError, match="circle"):
        load_recipe(tmp_path / "c.yaml")


SHOWN = {
    "seed": 7,
    "name": "other",
    "description": "in other words",
    "model.weights": "elsewhere/file.h5",
    "task.protocol": "here/mine.yaml",
    "task.groups": ["gender"],
    "task.targets.gender.metrics": ["macro_f1"],
    "task.targets.age.unit": "months",
    "primary": "age.mae",
    "cache": "none",
}


@pytest.mark.parametrize("key", SHOWN)
def test_what_is_shown_does_not_name_a_run(key):
    base = load_recipe("faces/baseline")
    changed = load_recipe("faces/baseline", {key: SHOWN[key]})
    assert changed != base and changed.key("d") == base.key("d")


def test_what_is_trained_names_a_run():
    base = load_recipe("faces/baseline")
    assert base.key("d") != base.key("e")
    for change in (
        {"epochs": 3},
        {"sampling": {"name": "stratified", "by": ["gender"]}},
        {"task.targets.age.weight": 3.0},
        {"task.targets.age.range": [1.0, 90.0]},
        {"early_stopping.monitor": "val_age_mae"},
        {"model.options.batch_norm_momentum": 0.9},
        {"precision": "mixed_float16"},
    ):
        assert load_recipe("faces/baseline", change).key("d") != base.key("d"), change


def test_a_key_is_the_hash_of_what_a_recipe_says_itself():
    # written down once: keys that change would train every run again
    recipe = load_recipe(
        {
            "task": {
                "protocol": "portraits",
                "targets": {
                    "kind": {"kind": "binary", "loss": "focal", "metrics": ["accuracy"]}
                },
            },
            "primary": "kind.accuracy",
            "model": {"backbone": "small_cnn", "weights": None},
            "image_size": 32,
            "batch_size": 8,
            "epochs": 1,
            "optimizer": {"name": "adam", "learning_rate": 0.001},
        }
    )
    target = {"kind": "binary", "loss": {"name": "focal"}}
    content = {
        "task": {"targets": {"kind": target | {"classes": ["Round", "Angular"]}}},
        "model": {"backbone": "small_cnn"},
        "image_size": 32,
        "batch_size": 8,
        "epochs": 1,
        "optimizer": {"name": "adam", "learning_rate": 0.001},
    }
    text = json.dumps([content, "digest", "weights"], sort_keys=True)
    expected = hashlib.sha256(text.encode()).hexdigest()[:10]
    assert recipe.key("digest", "weights") == expected


def test_a_field_of_a_recipe_says_what_it_meant_before_it_was_there():
    class Unmarked(Strict):
        new: int = 0

    class Marked(Strict):
        new: Annotated[int, Absent(0)] = 5

    with pytest.raises(TypeError, match="`new` of Unmarked must be marked"):
        identity(Unmarked())
    # another default than what was before it: that is trained, and named
    assert identity(Marked()) == {"new": 5}
    assert identity(Marked(new=0)) == {}


def test_a_resolved_recipe_reads_back_as_itself(tmp_path):
    recipe = load_recipe("portraits/lmf_denseweight", {"seed": 2})
    file = tmp_path / "recipe.yaml"
    file.write_text(recipe.to_yaml())
    assert load_recipe(file) == recipe


def test_files_that_a_recipe_names_are_found_beside_it(tmp_path, monkeypatch):
    (tmp_path / "task").mkdir()
    (tmp_path / "task" / "rows.yaml").write_text("")
    (tmp_path / "task" / "base.yaml").write_text(
        "extends: portraits/baseline\ntask: {protocol: rows.yaml}\n"
    )
    (tmp_path / "task" / "mine.yaml").write_text("extends: base.yaml\nepochs: 3\n")
    monkeypatch.chdir(tmp_path)
    recipe = load_recipe("task/mine.yaml")
    assert (recipe.epochs, recipe.task.protocol) == (3, "task/rows.yaml")
    (tmp_path / "here.yaml").write_text("extends: task/mine.yaml\n")
    monkeypatch.chdir(tmp_path / "task")
    assert load_recipe("mine.yaml").task.protocol == "rows.yaml"
    # what does not lie beside the recipe is taken from the working directory
    (tmp_path / "else").mkdir()
    (tmp_path / "else" / "far.yaml").write_text("extends: mine.yaml\n")
    assert load_recipe("../else/far.yaml").task.protocol == "rows.yaml"


def test_classes_are_those_of_the_protocol_unless_the_recipe_names_some(tmp_path):
    breeds = load_recipe("dogs28/vit").task.targets["breed"].classes
    assert breeds == load_protocol("dogs28").columns["breed"].classes
    text = (
        "extends: dogs13/mobilenet_v2\n"
        "task: {protocol: tiny.yaml, targets: {breed: {classes: [b, a]}}}"
    )
    (tmp_path / "mine.yaml").write_text(text)
    assert load_recipe(tmp_path / "mine.yaml").task.targets["breed"].classes == [
        "b",
        "a",
    ]
    with pytest.raises(SchemaError, match="needs its `classes`"):
        load_recipe("dogs13/vit", {"task.protocol": "portraits"})
    with pytest.raises(SchemaError, match="`protocol` must be the name.*dogs13"):
        load_recipe("dogs13/vit", {"task.protocol": "dogs14"})


@pytest.mark.parametrize("number", [13, 28, 120])
def test_the_dog_recipes_differ_in_the_model_and_how_it_is_trained_only(number):
    names = [name for name in recipe_names() if name.startswith(f"dogs{number}/")]
    recipes = [load_recipe(name).to_dict() for name in names]
    assert len(recipes) == 6
    shared = ("task", "primary", "image_size", "batch_size", "epochs", "augmentation")
    for key in shared:
        assert all(recipe[key] == recipes[0][key] for recipe in recipes)
    frozen = [r["name"] for r in recipes if not r["model"]["trainable"]]
    assert frozen == [f"dogs{number}/mobilenet_v2"]


def test_a_recipe_whose_path_holds_an_equals_sign_is_no_override(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    word = "name=exp1/mine/baseline.yaml"
    with pytest.raises(SchemaError, match="a recipe is given by its path alone"):
        is_override(word)
    (tmp_path / "name=exp1/mine").mkdir(parents=True)
    (tmp_path / word).write_text("extends: portraits/baseline")
    assert not is_override(word) and is_side(word)
    # a folder is no recipe
    (tmp_path / "epochs=3").mkdir()
    assert is_override("epochs=3")
    for other in ("theirs=mine.yml", "epochs=x/mine.yaml"):
        with pytest.raises(SchemaError, match="must not end as a recipe's file does"):
            is_override(other)
