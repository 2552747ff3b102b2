import json
import types

import numpy as np
import pandas as pd
import pytest
from sklearn import metrics as sk

from kpoc.evaluation import Comparison, Side, evaluate
from kpoc.evaluation.bootstrap import Block, bootstrap
from kpoc.evaluation.intervals import contrast
from kpoc.ground.text import natural_order

KINDS = ["Ring", "Plain", "Dot"]
TARGETS = {
    "age": {
        "kind": "regression",
        "unit": "years",
        "range": [1, 80],
        "metrics": ["mae"],
    },
    "gender": {
        "kind": "binary",
        "classes": ["Male", "Female"],
        "metrics": ["accuracy"],
    },
    "kind": {
        "kind": "categorical",
        "classes": KINDS,
        "metrics": ["accuracy", "macro_f1"],
    },
}
GROUPS = ["gender", "kind", "age_band"]


def make_manifest(cells=8, size=10):
    generator = np.random.default_rng(0)
    n = cells * size
    cell = np.repeat(np.arange(cells), size)
    frame = pd.DataFrame(
        {
            "id": [f"{i:03d}.png" for i in generator.permutation(n)],
            "split": "test",
            "stratum": [f"cell {c}" for c in cell],
            "age": generator.uniform(1, 20, n).round(1) + 10 * (cell % 2),
            "gender": np.where(cell % 2, "Male", "Female"),
            "kind": np.array(KINDS)[cell % 3],
        }
    )
    frame["age_band"] = np.where(frame["age"] < 11, "1-10", "11-30")
    train = frame.head(5).assign(split="train", id=[f"train{i}" for i in range(5)])
    return pd.concat([frame, train], ignore_index=True)


def make_table(manifest, seed, skill):
    generator = np.random.default_rng([seed, round(100 * skill)])
    frame = manifest[manifest["split"] == "test"]
    table = pd.DataFrame({"id": frame["id"].to_numpy()})
    table["age"] = frame["age"].to_numpy() + generator.normal(0, 5 / skill, len(frame))
    for name in ("gender", "kind"):
        classes = TARGETS[name]["classes"]
        truth = pd.Categorical(frame[name], classes).codes
        logits = generator.normal(size=(len(frame), len(classes)))
        logits += skill * np.eye(len(classes))[truth]
        values = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
        for k, label in enumerate(classes):
            table[f"{name}.{label}"] = values[:, k]
    return table.sample(frac=1, random_state=seed)


def make_side(name, manifest, skill=1.0, seeds=(0, 1, 2), **fields):
    tables = [make_table(manifest, hash_of(name) + seed, skill) for seed in seeds]
    return Side(name=name, seeds=list(seeds), predictions=tables, **fields)


def hash_of(name):
    return sum(map(ord, name))


def run(sides, manifest, **arguments):
    arguments = {
        "targets": TARGETS,
        "groups": GROUPS,
        "primary": "kind.macro_f1",
        "resamples": 300,
        **arguments,
    }
    return evaluate(sides, manifest=manifest, **arguments)


@pytest.fixture(scope="module")
def manifest():
    return make_manifest()


@pytest.fixture(scope="module")
def sides(manifest):
    return [make_side("base", manifest), make_side("new", manifest, skill=3.0)]


@pytest.fixture(scope="module")
def result(sides, manifest):
    return run(sides, manifest)


def find(rows, **labels):
    return [row for row in rows if all(row[k] == v for k, v in labels.items())]


def test_form(result):
    assert set(result) == {
        *("schema", "created", "command", "title", "kpoc_version", "data", "settings"),
        *("targets", "primary", "sides", "scores", "differences", "verdict"),
        *("confusions", "top_k", "bands", "calibration", "gaps"),
        *("true_predicted", "galleries", "lookalikes", "nobody_helped"),
        *("warnings", "notes"),
    }
    assert json.loads(json.dumps(result, allow_nan=False)) == result
    assert result["title"] == "base vs new"
    assert result["data"]["strata"] == 8
    assert result["data"]["counts"] == {"test": 80, "train": 5}
    assert result["targets"]["gender"] == {
        "kind": "binary",
        "unit": None,
        "classes": ["Male", "Female"],
        "range": None,
    }
    assert list(result["scores"][0]) == [
        *("target", "metric", "better", "unit", "group", "level", "side", "n"),
        *("estimate", "low", "high", "per_seed"),
    ]
    assert set(result["differences"][0]) == {
        *("target", "metric", "better", "unit", "group", "level", "side", "baseline"),
        *("difference", "low", "high", "p", "p_holm", "primary", "verdict"),
    }
    assert result["settings"]["stratified"] is True
    assert result["sides"][0]["budget"] == {
        "epochs": None,
        "trainings": 3,
        "train_seconds": None,
    }


def test_scores_agree_with_sklearn(result, sides, manifest):
    test = manifest[manifest["split"] == "test"].set_index("id")
    for side in sides:
        for seed, table in enumerate(side.predictions):
            both = test.join(table.set_index("id"), suffixes=("", "_predicted"))
            labels = both[[f"kind.{k}" for k in KINDS]].to_numpy().argmax(1)
            labels = np.array(KINDS)[labels]

            def per_seed(_side=side.name, _seed=seed, **where):
                (row,) = find(result["scores"], side=_side, **where)
                return row["per_seed"][_seed]

            assert per_seed(
                target="kind", metric="macro_f1", group=None
            ) == pytest.approx(sk.f1_score(both["kind"], labels, average="macro"))
            assert per_seed(
                target="kind", metric="recall", level="Dot"
            ) == pytest.approx(np.mean(labels[both["kind"] == "Dot"] == "Dot"))
            men = (both["gender"] == "Male").to_numpy()
            assert per_seed(target="age", metric="mae", level="Male") == pytest.approx(
                sk.mean_absolute_error(both["age"][men], both["age_predicted"][men])
            )
            assert per_seed(
                target="kind", metric="macro_f1", level="Male"
            ) == pytest.approx(
                sk.f1_score(both["kind"][men], labels[men], average="macro")
            )


def test_estimate_and_interval_are_those_of_the_room(result, sides, manifest):
    test = manifest[manifest["split"] == "test"].sort_values("id")
    errors = [
        (t.set_index("id").loc[test["id"], "age"] - test.set_index("id")["age"]).abs()
        for side in sides
        for t in side.predictions
    ]
    columns = np.stack([np.stack([e, np.ones(80)], 1) for e in errors], 1)
    block = Block(columns, (lambda sums: sums[..., 0] / sums[..., 1],))
    ((moments,),) = bootstrap([block], test["stratum"].to_numpy(), resamples=300)
    expected = contrast(
        moments.estimate[0],
        moments.covariance[0],
        [(1, [3, 4, 5]), (-1, [0, 1, 2])],
        rows_df=80 - 8,
    )
    (row,) = find(result["differences"], target="age", metric="mae", group=None)
    assert row["difference"] == pytest.approx(expected.estimate)
    assert row["low"] == pytest.approx(expected.low)
    assert row["p"] == pytest.approx(expected.p)
    (score,) = find(
        result["scores"], target="age", metric="mae", group=None, side="new"
    )
    assert score["estimate"] == pytest.approx(np.mean(score["per_seed"]))
    assert score["unit"] == "years" and score["better"] == "lower"


def test_a_better_method_is_found(result):
    assert result["verdict"]["code"] == "better"
    assert result["verdict"]["text"].startswith("new is better than base on macro f1")
    (row,) = find(result["differences"], primary=True)
    assert (row["target"], row["metric"], row["group"]) == ("kind", "macro_f1", None)
    assert row["low"] > 0 and row["p_holm"] == row["p"]
    (age,) = find(result["differences"], target="age", group=None)
    assert age["difference"] < 0 and age["verdict"] == "better"


def test_cells(result):
    def levels(**labels):
        rows = find(result["scores"], side="new", **labels)
        return {(row["level"], row["n"]) for row in rows}

    assert levels(target="kind", group="class", metric="f1") == {
        *(("Ring", 30), ("Plain", 30), ("Dot", 20)),
    }
    assert levels(target="age", group="gender") == {("Male", 40), ("Female", 40)}
    assert levels(target="kind", group="kind", metric="accuracy")
    # Across classes, within a level of the target itself: nothing to say.
    assert not levels(target="kind", group="kind", metric="macro_f1")
    bands = result["bands"]["age"]
    assert bands["metric"] == "mae"
    assert bands["labels"] == ["1-10", "11-30"] and bands["edges"] == [1, 11, 31]
    (row,) = find(result["scores"], target="age", level="1-10", side="base")
    assert bands["support"][0] == row["n"]
    assert bands["sides"]["base"][0]["estimate"] == row["estimate"]


def test_confusions(result, sides, manifest):
    test = manifest[manifest["split"] == "test"].set_index("id")
    rates = []
    for table in sides[1].predictions:
        table = table.set_index("id").loc[test.index]
        labels = np.array(KINDS)[
            table[[f"kind.{k}" for k in KINDS]].to_numpy().argmax(1)
        ]
        rates.append(
            sk.confusion_matrix(test["kind"], labels, labels=KINDS, normalize="true")
        )
    got = result["confusions"]["kind"]
    np.testing.assert_allclose(got["sides"]["new"], np.mean(rates, axis=0))
    assert got["support"] == [30, 30, 20]


def test_test_images_that_pretrained_weights_have_seen(manifest):
    weights = {"origin": "a hub", "sha256": None}
    pretrained = make_side("pretrained", manifest, seeds=[0], weights=weights)
    scratch = make_side("scratch", manifest, seeds=[1], weights={"origin": None})
    table = make_side("table", manifest, seeds=[2], foreign=True)

    def said(*sides, overlap="Seen before."):
        found = run(sides, manifest, data={"overlap": overlap}, resamples=10)
        assert found["data"]["overlap"] == overlap
        return [text for text in found["warnings"] if "Seen" in text]

    started = "Started from pre-trained weights: pretrained."
    assert said(pretrained, scratch) == [f"Seen before. {started}"]
    unknown = "What these started from is not known: table."
    assert said(scratch, table) == [f"Seen before. {unknown}"]
    assert said(pretrained, table) == [f"Seen before. {started} {unknown}"]
    assert said(pretrained, scratch, overlap=None) == []
    assert said(scratch, make_side("other", manifest, seeds=[3])) == []


def test_order_of_rows_does_not_matter(result, sides, manifest):
    again = run(sides, manifest.sample(frac=1, random_state=1))
    for key in ("scores", "differences", "verdict", "confusions"):
        assert again[key] == result[key]


def test_recipe_objects_serve_as_targets(result, sides, manifest):
    objects = {
        name: types.SimpleNamespace(
            **{"classes": None, "unit": None, "range": None, **t}
        )
        for name, t in TARGETS.items()
    }
    assert run(sides, manifest, targets=objects)["scores"] == result["scores"]


def test_same_predictions_show_no_difference(sides, manifest):
    twin = Side("twin", [5, 6, 7], sides[0].predictions)
    result = run([sides[0], twin], manifest)
    assert result["verdict"]["code"] == "no clear difference"
    assert all(row["verdict"] == "no clear difference" for row in result["differences"])
    assert any(
        "twin seed 5 predicts exactly the same" in text for text in result["warnings"]
    )


def test_one_seed_warns_and_the_verdict_says_so(sides, manifest):
    single = Side("single", [0], sides[1].predictions[:1])
    result = run([sides[0], single], manifest)
    assert any(text.startswith("Only 1 seed of single") for text in result["warnings"])
    assert "not of the methods" in result["verdict"]["text"]
    two = run([sides[0], make_side("two", manifest, seeds=(0, 1))], manifest)
    assert any(text.startswith("Only 2 seeds of two") for text in two["warnings"])


def test_several_methods_are_corrected(sides, manifest):
    methods = [make_side(f"m{i}", manifest, skill=1 + 0.4 * i) for i in range(3)]
    result = run([sides[0], *methods], manifest)
    rows = find(result["differences"], primary=True)
    assert [row["side"] for row in rows] == ["m0", "m1", "m2"]
    p, corrected = np.array([[row["p"], row["p_holm"]] for row in rows]).T
    assert corrected.min() == pytest.approx(3 * p.min())
    assert len(find(result["differences"], primary=True, group=None)) == 3
    assert result["verdict"]["text"].count("640 test") == 0
    assert result["verdict"]["text"].count("(80 test rows, 3 seeds each)") == 3


def test_breakdowns_do_not_drown_the_overall_figures(sides, manifest):
    differences = run(sides, manifest)["differences"]
    overall = [r for r in differences if r["group"] is None and not r["primary"]]
    groups = [r for r in differences if r["group"] is not None]
    assert len(groups) > len(overall) > 1
    for family in (overall, groups):
        known = [r for r in family if r["p"] is not None]
        smallest = min(known, key=lambda r: r["p"])
        expected = min(1.0, len(known) * smallest["p"])
        assert smallest["p_holm"] == pytest.approx(expected)


def test_unequal_budgets_warn_by_how_much(sides, manifest):
    cost = {"epochs": 12, "train_seconds": 40.0}
    base = make_side("base", manifest, cost=[cost] * 3)
    long = make_side("long", manifest, seeds=(0, 1, 2, 3), recipe={"epochs": 18})
    result = run([base, long], manifest)
    assert (
        "Unequal budgets, long against base: 18 against 12 epochs (+50%), 4 against 3 "
        "trainings (+33%)." in result["warnings"]
    )
    assert result["sides"][0]["budget"]["train_seconds"] == 120


def test_what_a_side_was_made_for_and_impossible_numbers_are_told(sides, manifest):
    base = make_side("base", manifest)
    far = make_side("far", manifest, recipe={"primary": "age.mae"})
    for table in base.predictions + far.predictions:
        table["age"] = table["age"].clip(1, 30)
    far.predictions[1].iloc[:5, far.predictions[1].columns.get_loc("age")] = 1e9
    warnings = run([base, far], manifest)["warnings"]
    assert [w for w in warnings if w.endswith("another figure: far (age.mae).")]
    [told] = [w for w in warnings if "outside of its range" in w]
    assert told.startswith("5 of 240 predictions of age by far lie outside")


def test_a_group_column_called_class_stays_a_group(sides, manifest):
    found = run(
        sides, manifest.assign(**{"class": manifest["gender"]}), groups=["class"]
    )
    rows = find(found["scores"], group="class (column)", metric="mae", side="new")
    assert [(row["level"], row["n"]) for row in rows] == [("Female", 40), ("Male", 40)]
    assert find(found["gaps"]["scores"], group="class (column)", measure="gap")
    assert {row["metric"] for row in find(found["scores"], group="class")} == {
        *("f1", "recall"),
    }


def test_other_software_or_machines_are_told(sides, manifest):
    old = {"keras": ["3.14.0"], "cpus": [2], "accelerators": [[]]}
    new = old | {"keras": ["3.14.0", "3.15.1"], "onednn": ["1"]}
    base = make_side("base", manifest, made_with=[old] * 3)
    assert not [w for w in run([base, sides[1]], manifest)["warnings"] if "alike" in w]
    other = make_side("other", manifest, made_with=[old, old, new])
    [warning] = [w for w in run([base, other], manifest)["warnings"] if "alike" in w]
    assert "(keras 3.14.0, 3.15.1; onednn 1, not stated)" in warning


def test_rare_levels_classes_and_strata_warn_never_crash(manifest):
    frame = manifest[manifest["split"] == "test"].reset_index(drop=True)
    rare = frame.index[:2]
    frame.loc[rare, "age_band"] = "31-40"
    frame.loc[rare[0], "stratum"] = "alone"
    frame.loc[3:5, "kind"] = "Dot"
    frame["kind"] = frame["kind"].replace("Dot", "Plain")
    frame.loc[7, "kind"] = "Dot"
    perfect = make_side("perfect", frame, skill=40.0)
    result = run([make_side("base", frame), perfect], frame)
    text = "\n".join(result["warnings"])
    assert "Fewer than 10 test rows" in text and "age_band=31-40 (2)" in text
    assert "kind.Dot (1)" in text
    assert "Undefined in some resamples" in text
    assert "1 of 9 strata have a single test row" in text
    assert "the same in every resample" in text
    (row,) = find(
        result["scores"], side="perfect", target="gender", metric="accuracy", group=None
    )
    assert row["estimate"] == 1 and row["low"] is None


def test_an_absent_class_is_none(manifest):
    frame = manifest.assign(kind=manifest["kind"].replace("Dot", "Ring"))
    for side in (sides := [make_side(name, frame) for name in ("base", "new")]):
        for table in side.predictions:
            table["kind.Ring"] += table["kind.Dot"]
            table["kind.Dot"] = 0.0
    result = run(sides, frame)
    (row,) = find(result["scores"], side="new", metric="f1", level="Dot")
    assert (row["estimate"], row["low"], row["n"]) == (None, None, 0)
    (row,) = find(result["differences"], metric="f1", level="Dot")
    assert (row["difference"], row["verdict"]) == (None, "unknown")
    assert result["confusions"]["kind"]["sides"]["new"][2] == [None] * 3


def test_refuses_with_all_reasons(sides, manifest):
    base, new = sides
    short = Side(
        "short",
        [0, 0],
        [new.predictions[0].iloc[1:], new.predictions[1].drop(columns="age")],
        recipe={"task": {"targets": {"age": {}}}},
        data=[{"digest": "d" * 64, "test_digest": "b" * 64}],
    )
    base = Side(
        "base",
        base.seeds,
        base.predictions,
        data=[{"digest": "c" * 64, "test_digest": "a" * 64}],
    )
    targets = {**TARGETS, "kind": {**TARGETS["kind"], "metrics": ["acuracy"]}}
    with pytest.raises(ValueError) as caught:
        run([base, short, base], manifest, targets=targets, primary="breed.top3")
    text = str(caught.value)
    for part in (
        "'kind' has metrics ['acuracy']",
        "primary target 'breed'",
        "side 'base' stands 2 times",
        "short: seeds [0] stand more than once",
        "short, seed 0: 1 test ids are missing",
        "short, seed 0: columns are missing: 'age'",
        "short: trained on the targets ['age']",
        "digests: aaaaaaaaaaaa (base), bbbbbbbbbbbb (short)",
    ):
        assert part in text, text


def test_refuses_bad_truth(sides, manifest):
    frame = manifest.copy()
    frame.loc[0, "age"] = np.nan
    frame.loc[1, "kind"] = "Star"
    with pytest.raises(ValueError) as caught:
        run(sides, frame, groups=["gender", "species"])
    for part in ("1 test rows have no 'age'", "no classes: ['Star']", "'species'"):
        assert part in str(caught.value)
    with pytest.raises(ValueError, match="two sides or more, not 1"):
        run(sides[:1], manifest)
    with pytest.raises(ValueError, match="no test rows"):
        run(sides, manifest[manifest["split"] == "train"])
    with pytest.raises(ValueError, match="no column 'id'"):
        run(sides, None)


def test_unstratified(sides, manifest):
    result = run(sides, manifest.drop(columns="stratum"))
    assert result["settings"]["stratified"] is False and result["data"]["strata"] == 1
    assert run(sides, manifest, stratified=False)["scores"] == result["scores"]


def test_natural_order():
    assert natural_order(["b", "11-20", "1-10", "a2", "a10"]) == [
        *("1-10", "11-20", "a2", "a10", "b"),
    ]
    assert natural_order(["a-10", "a-2"]) == ["a-2", "a-10"]
    assert natural_order(["0-9", "-10--1", "-20--11"]) == ["-20--11", "-10--1", "0-9"]


def test_saved_and_loaded(result, tmp_path):
    comparison = Comparison(result)
    comparison.save(tmp_path / "out")
    names = sorted(path.name for path in (tmp_path / "out").iterdir())
    assert names == ["comparison.json", "differences.csv", "scores.csv"]
    assert Comparison.load(tmp_path / "out").to_dict() == result
    table = pd.read_csv(tmp_path / "out" / "scores.csv")
    assert len(table) == len(comparison.scores) == len(result["scores"])
    assert table["estimate"].tolist() == pytest.approx(
        comparison.scores["estimate"].tolist()
    )
