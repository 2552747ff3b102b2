"""Trainings that go on from others: how they are planned."""

import json

import pytest

from kpoc.ground.schema import SchemaError
from kpoc.recipe import load_recipe
from kpoc.runs.run import RunError
from kpoc.training.plan import make_plan, task_rows
from kpoc.training.starting import Circle, chain_of, lineage


@pytest.fixture(scope="module")
def plan_of(workshop):
    """Plans recipes of a folder; the rows of all are the same, listed once."""
    rows = task_rows(load_recipe(workshop / "baseline.yaml"), None)

    def plan(recipe, runs, **overrides):
        overrides = {key.replace("__", "."): v for key, v in overrides.items()}
        return make_plan(recipe, runs=runs, overrides=overrides, rows=lambda _: rows)

    return plan


def write(folder, name, **content):
    (folder / f"{name}.yaml").write_text(json.dumps({"name": name, **content}))
    return folder / f"{name}.yaml"


@pytest.fixture
def chain(tmp_path, workshop):
    """Three recipes, each of which goes on from the one before; the last one's file."""
    base = {"extends": str(workshop / "baseline.yaml")}
    write(tmp_path, "first", **base)
    write(tmp_path, "second", **base, start={"recipe": "first.yaml"}, epochs=1)
    return write(tmp_path, "third", **base, start={"recipe": "second.yaml"}, epochs=3)


def test_a_chain_is_planned_from_its_first_training_with_one_seed(
    chain, plan_of, tmp_path
):
    plans = list(chain_of(plan_of(chain, tmp_path, seed=2)))
    assert [(p.recipe.name, p.recipe.seed) for p in plans] == [
        ("first", 2),
        ("second", 2),
        ("third", 2),
    ]
    fixed = list(chain_of(plan_of(chain, tmp_path, seed=2, start__seed=0)))
    assert [p.recipe.seed for p in fixed] == [0, 0, 2]
    assert len({p.run.path for p in (*plans, *fixed)}) == 6


def test_what_it_goes_on_from_names_a_run_and_what_is_shown_of_that_does_not(
    chain, plan_of, tmp_path
):
    first = tmp_path / "first.yaml"
    before = plan_of(chain, tmp_path)
    content = json.loads(first.read_text())
    first.write_text(json.dumps(content | {"task": {"groups": []}}))
    assert plan_of(chain, tmp_path).key == before.key
    first.write_text(json.dumps(content | {"epochs": 1}))
    assert plan_of(chain, tmp_path).key != before.key
    first.write_text(json.dumps(content))
    assert plan_of(chain, tmp_path, start__take="all").key != before.key
    alone = json.loads(chain.read_text())
    del alone["start"]
    chain.write_text(json.dumps(alone))
    assert plan_of(chain, tmp_path).key != before.key


def test_circles_are_named(chain, plan_of, tmp_path, workshop):
    base = {"extends": str(workshop / "baseline.yaml")}
    write(tmp_path, "first", **base, start={"recipe": "third.yaml"})
    with pytest.raises(Circle, match="circle: third > second > first > third"):
        plan_of(chain, tmp_path)
    own = write(tmp_path, "own", **base, start={"recipe": "own.yaml"})
    with pytest.raises(Circle, match="circle: own > own"):
        plan_of(own, tmp_path)


def test_a_finished_run_is_gone_on_from_and_no_other(plan_of, chain, tmp_path):
    made = plan_of(tmp_path / "first.yaml", tmp_path)
    with pytest.raises(RunError, match="`start.run` must be .* finished run"):
        plan_of(chain, tmp_path, start={"run": str(made.run.path)})
    made.run.path.mkdir(parents=True)
    (made.run.path / "model.keras").touch()
    made.run.write(
        status="finished",
        recipe="first",
        seed=0,
        key=made.key,
        data={"digest": "d"},
        cost={"train_seconds": 5.0, "epochs": 2},
    )
    with pytest.raises(RunError, match="run with a model.*without recipe.yaml"):
        plan_of(chain, tmp_path, start={"run": str(made.run.path)})
    (made.run.path / "recipe.yaml").write_text(made.recipe.to_yaml())
    plan = plan_of(chain, tmp_path, start={"run": str(made.run.path)})
    by_recipe = plan_of(chain, tmp_path, start={"recipe": str(tmp_path / "first.yaml")})
    # the same training, however it is named
    assert plan.key == by_recipe.key
    assert list(chain_of(plan)) == [plan]
    [own] = lineage(plan.start)
    assert (own["recipe"], own["cost"]["train_seconds"]) == ("first", 5.0)
    made.run.write(lineage=[{"recipe": "before"}])
    assert [one["recipe"] for one in lineage(plan.start)] == ["first", "before"]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"start": {}}, "either a `recipe` or a `run`. Received: none"),
        ({"start": {"recipe": "a", "run": "b"}}, "either a `recipe` or a `run`"),
        ({"start": {"run": "b", "seed": 1}}, "a `run` has one already"),
        ({"start": {"recipe": "a", "take": "heads"}}, "'encoder' or 'all'"),
        (
            {"start": {"recipe": "a"}, "model.weights": "imagenet"},
            "`model.weights` must be null where `start`",
        ),
    ],
)
def test_starts_that_say_nothing_or_too_much_are_refused(change, words):
    with pytest.raises(SchemaError) as error:
        load_recipe("portraits/baseline", change)
    assert words in str(error.value)
