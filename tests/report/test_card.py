"""Model cards: what they say is true, and no name of the data can break them."""

import json
import re

import numpy as np
import pytest
from sklearn import metrics as sk

from kpoc.ground.schema import SchemaError
from kpoc.recipe import load_recipe
from kpoc.report.card import write_run_card, write_side_cards
from kpoc.report.card.of_sides import winner

EVIL = "a|b\n<script>alert(1)</script>"


def tables(text):
    """Header and rows of each table; every row is as wide as its header."""
    found, lines = [], text.splitlines()
    for place, line in enumerate(lines):
        if re.fullmatch(r"\|( -+:? \|)+", line):
            split = [re.split(r"(?<!\\)\|", lines[place - 1])[1:-1]]
            for row in lines[place + 1 :]:
                if not row.startswith("|"):
                    break
                split.append(re.split(r"(?<!\\)\|", row)[1:-1])
            assert len({len(row) for row in split}) == 1, split
            found.append([[cell.strip() for cell in row] for row in split])
    return found


def row_of(text, start):
    (row,) = [row for each in tables(text) for row in each if row[0] == start]
    return row


@pytest.fixture(scope="module")
def run(card_runs, tmp_path_factory):
    return card_runs.make_run(tmp_path_factory.mktemp("runs") / "0123456789-seed0")


@pytest.fixture(scope="module")
def card(run):
    return write_run_card(run).read_text("utf-8")


def test_figures_of_a_run_are_those_of_its_validation_rows(card_runs, run, card):
    truth, given = card_runs.truth_and_given(run)
    classes = load_recipe("portraits/baseline").task.targets["tribe"].classes
    shares = given[[f"tribe.{label}" for label in classes]].to_numpy()
    answers = np.array(classes)[shares.argmax(axis=1)]
    f1 = sk.f1_score(truth["tribe"], answers, average="macro")
    assert row_of(card, "tribe macro F1 (primary)")[2:] == [f"{f1:.3f}", "60"]
    assert row_of(card, "age mean absolute error (years)")[2] == "3.00"
    codes = truth["tribe"].map(classes.index)
    loss = sk.log_loss(codes, shares, labels=range(len(classes)))
    (calibration,) = [t for t in tables(card) if "Best temperature" in t[0]]
    (tribe,) = [line for line in calibration if line[0] == "tribe"]
    assert tribe[4] == f"{loss:.3f}"
    by_tribe = truth.assign(right=answers == truth["tribe"]).groupby("tribe")["right"]
    (gap,) = [
        line
        for table in tables(card)
        for line in table
        if line[:2] == ["tribe", "tribe accuracy"]
    ]
    recalls = by_tribe.mean()
    assert gap[2:4] == [recalls.idxmin(), recalls.idxmax()]
    assert gap[4] == f"{recalls.max() - recalls.min():.3f}"
    assert "On the 60 validation rows" in card and "One training" in card


def test_a_run_card_reads_no_test_predictions(run, card):
    assert not (run / "predictions_test.parquet").exists()
    assert "scored by `kpoc compare` alone" in card


def test_it_says_what_the_run_knows(run, card):
    recipe = load_recipe("portraits/baseline")
    for part in (
        "# Model card: portraits/baseline, seed 0",
        "drawn by code: this says nothing about real ones",
        "commit abcdef012345",
        recipe.description,
        "small_cnn",
        "1,234",
        "56.0 kB",
        "2.00 ms",
        "1 to 80 years, learnt as log",
        "Cedar, Birch, Maple, Willow",
        "sparse_categorical_crossentropy",
        "**Protocol**: mine: Rows of a test",
        "**Licence**: as one likes",
        "**Cite**: Nobody, 2020",
        "where (tribe Maple), fraction 0.75",
        "adam (learning_rate 0.001)",
        "**Epochs**: 4; kept: 3",
        "**Initial weights**: random",
        "2 CPU cores (jax)",
        "keras 3.15.1",
        "- Only in this test.",
        "kpoc predict . photo.jpg",
    ):
        assert part in card, part
    assert "Everything \\| else &lt;b>." in card and "<b>" not in card
    heads = re.findall(r"^## (.*)$", card, re.MULTILINE)
    assert heads == (
        "The model,Use,Ethics,Limits,Results,Data,Training".split(",")
    )  # what is at stake comes before the figures
    assert "\n\n\n" not in card


def test_rows_by_label_are_those_of_the_manifest(card_runs, run, card):
    truth, _ = card_runs.truth_and_given(run)
    (by_tribe,) = [
        table for table in tables(card) if table[0] == ["", "train", "validation"]
        and table[1][0] == "Birch"
    ]  # fmt: skip
    count = (truth["tribe"] == "Birch").sum()
    assert by_tribe[1][2].startswith(f"{count} (")
    (few,) = re.findall(r"Fewer than 30 rows, so luck decides: (.*)", card)
    assert f"tribe Birch ({count})" in few


def test_what_a_protocol_does_not_say_is_named(card_runs, tmp_path):
    run = card_runs.make_run(tmp_path / "a-seed1", seed=1, card=None)
    text = write_run_card(run).read_text("utf-8")
    for field in ("intended_use", "out_of_scope", "ethics"):
        assert f"the protocol's `card` has no `{field}`" in text


def test_runs_of_before_get_the_text_that_comes_with_kpoc(card_runs, tmp_path):
    data = {"protocol": "faces", "synthetic": False, "digest": "x"}
    run = card_runs.make_run(tmp_path / "a-seed1", card=None, data=data)
    text = write_run_card(run).read_text("utf-8")
    assert "The labels are guesses, not facts about people." in text
    assert "Three quarters of the training pictures" in text


def test_weights_are_named_without_the_folder_they_lay_in(card_runs, tmp_path):
    run = card_runs.make_run(tmp_path / "a-seed1")
    recipe = card_runs.recipe_of(run)
    recipe["model"]["weights"] = "/home/somebody/secret/net.weights.h5"
    (run / "recipe.yaml").write_text(json.dumps(recipe))
    text = write_run_card(run).read_text("utf-8")
    assert "**Initial weights**: somewhere, SHA-256 c0ffee" in text
    record = json.loads((run / "run.json").read_text())
    record["weights"] = {"origin": None, "sha256": "c0ffee"}
    (run / "run.json").write_text(json.dumps(record))
    text = write_run_card(run).read_text("utf-8")
    assert "**Initial weights**: net.weights.h5, SHA-256 c0ffee" in text
    assert "secret" not in text


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("run.json", "[]"),
        ("run.json", '{"status": "finished"}'),
        ("recipe.yaml", "a: !b"),
        ("recipe.yaml", "name: x"),
        ("recipe.yaml", ""),
    ],
)
def test_odd_files_are_named(card_runs, tmp_path, file, text):
    run = card_runs.make_run(tmp_path / "a-seed1")
    (run / file).write_text(text)
    with pytest.raises(SchemaError, match=f"a-seed1/{file}"):
        write_run_card(run)


def test_unfinished_runs_get_none(card_runs, tmp_path):
    run = card_runs.make_run(tmp_path / "a-seed1", status="running")
    with pytest.raises(ValueError, match="a-seed1, status running"):
        write_run_card(run)
    with pytest.raises(ValueError, match="status none"):
        write_run_card(tmp_path)
    assert not (run / "card.md").exists()


@pytest.fixture
def comparison(make_comparison):
    made = make_comparison(sides=3, epochs=3, calibrated=True)
    for side in made["sides"]:
        side["recipe"] = load_recipe("faces/baseline").to_dict()
        side["environment"] = {"cpus": 2, "versions": {"keras": "3.15.1"}}
    made["data"] |= {"licence": "theirs", "card": {"ethics": ["Think."]}}
    return made


def test_a_side_shows_the_comparisons_figures_and_its_standing(comparison, tmp_path):
    paths = write_side_cards(comparison, tmp_path)
    assert [path.name for path in paths.values()] == [
        "card.faces.baseline.md",
        "card.faces.lmf_denseweight.md",
        "card.faces.weights.md",
    ]
    text = paths["faces/lmf_denseweight"].read_text("utf-8")
    side = {"side": "faces/lmf_denseweight", "group": None}
    for row in comparison["scores"]:
        if row.items() >= side.items() and row["target"] == "age":
            line = row_of(text, "age mean absolute error (years)")
            assert line[2].startswith(f"{row['estimate']:.2f} [{row['low']:.2f}, ")
            assert line[-1] == "640"
    for row in comparison["gaps"]["scores"]:
        if row["side"] == side["side"] and row["measure"].startswith("demographic"):
            (line,) = [
                line
                for table in tables(text)
                for line in table
                if line[:2] == [row["group"], "gender demographic parity difference"]
            ]
            assert line[2:4] == [row["worst"], row["best"]]
    for part in (
        comparison["verdict"]["text"],
        "On the 640 test rows, mean over 3 seeds, with 95 % intervals that count the "
        "rows and the seeds. It was scoring number 3 of these rows.",
        "1.31, 1.40, 100",
        "- Think.",
        "**Licence**: theirs",
        "keras 3.15.1",
        "(10.0 % of the rows in gender and 14.3 % of the rows in ethnicity would",
        "kpoc predict runs/faces/lmf_denseweight/3f9c1e-seed2 photo.jpg",
    ):
        assert part in text, part
    assert "the baseline" not in paths["faces/baseline"].read_text("utf-8")
    again = write_side_cards(comparison, tmp_path / "again")
    assert all(
        again[name].read_text("utf-8") == path.read_text("utf-8")
        for name, path in paths.items()
    )


def test_the_epochs_kept_are_the_best_by_what_the_recipe_watches(comparison, tmp_path):
    side = comparison["sides"][1]
    side["recipe"]["early_stopping"] = {"monitor": "f1", "mode": "max", "patience": 1}
    side["history"] = [
        [{"epoch": 1, "f1": 0.5}, {"epoch": 2, "f1": 0.9}, {"epoch": 3, "f1": 0.7}],
        [{"epoch": 1, "f1": 0.8}, {"epoch": 2, "f1": 0.2}],
    ]
    text = write_side_cards(comparison, tmp_path)[side["name"]].read_text("utf-8")
    assert "kept: 2, 1" in text


@pytest.mark.parametrize(
    ("better", "expected"),
    [
        ([], "faces/baseline"),
        (["faces/weights"], "faces/weights"),
        (["faces/lmf_denseweight", "faces/weights"], "faces/lmf_denseweight"),
    ],
)
def test_the_winner_has_the_card_of_the_folder(comparison, tmp_path, better, expected):
    for row in comparison["differences"]:
        if row["primary"]:
            row["verdict"] = "better" if row["side"] in better else "worse"
            row["difference"] = 0.2 if row["side"] == "faces/lmf_denseweight" else 0.1
    assert winner(comparison) == expected
    path = write_side_cards(comparison, tmp_path)[expected]
    assert (tmp_path / "card.md").read_text("utf-8") == path.read_text("utf-8")


def test_a_strangers_card_says_what_is_not_known(make_comparison, tmp_path):
    made = make_comparison(epochs=1, seeds=1, slim=True)
    made["sides"][1] |= {"foreign": True, "recipe": None, "cost": [], "history": []}
    made["sides"][1] |= {"environment": None, "weights": None}
    made["sides"][0]["recipe"] = load_recipe("faces/baseline").to_dict()
    made["sides"][1] |= {"composition": None, "digest": None, "counts": None}
    made["data"]["card"] = {"limits": ["Half was taken away."]}
    text = write_side_cards(made, tmp_path)["faces/lmf_denseweight"].read_text("utf-8")
    assert "**Rows**: 640 test\n" in text and "**Trained on**: not known" in text
    assert "- Of what is trained by this protocol: Half was taken away." in text
    assert "another mix" not in text and "Digest" not in text
    assert "something else than kpoc: only its predictions are known" in text
    assert "kpoc predict" not in text
    assert "intervals that count the rows alone" in text


def test_classes_that_the_recipe_leaves_out_are_those_of_the_comparison(
    comparison, tmp_path
):
    targets = comparison["sides"][1]["recipe"]["task"]["targets"]
    del targets["gender"]["classes"]
    targets["ethnicity"]["classes"] = None
    targets["age"]["range"] = None
    targets["glasses"] = {"kind": "binary", "loss": {"name": "binary_crossentropy"}}
    write_side_cards(comparison, tmp_path)
    text = (tmp_path / "card.faces.lmf_denseweight.md").read_text("utf-8")
    outputs = next(table for table in tables(text) if "Loss" in table[0])
    stated = {row[0]: row[2] for row in outputs[1:]}
    assert stated["gender"] == "Male, Female"
    assert stated["ethnicity"] == "White, Black, Asian, Indian"
    assert stated["age"].startswith("1 to 80 years")
    assert stated["glasses"] == "classes not stated"


def test_every_side_has_a_file_of_its_own(make_comparison, tmp_path):
    names = ["a/x", "A.x", "\N{LATIN SMALL LETTER U WITH DIAERESIS}" * 150]
    made = make_comparison(sides=3, names=names, slim=True)
    for side in made["sides"]:
        side["recipe"] = load_recipe("faces/baseline").to_dict()
    paths = write_side_cards(made, tmp_path)
    for name, path in paths.items():
        assert path.read_text("utf-8").startswith(f"# Model card: {name}\n")
    assert len({path.name.casefold() for path in paths.values()}) == 3


def test_a_command_can_be_copied_and_text_makes_no_link(comparison, tmp_path):
    side = comparison["sides"][1]
    side |= {"runs": ["my runs/a-seed0"], "description": "> [see](http://x) *this*"}
    text = write_side_cards(comparison, tmp_path)[side["name"]].read_text("utf-8")
    assert "kpoc predict 'my runs/a-seed0' photo.jpg" in text
    assert "\n\\> [see]\\(http://x) \\*this\\*\n" in text


def test_names_from_data_break_nothing(comparison, tmp_path):
    text = json.dumps(comparison)
    for name in ("Asian", "Male", "1-10", "95 %"):
        text = text.replace(f'"{name}', f'"{json.dumps(EVIL)[1:-1]}{name}')
    made = json.loads(text)
    made["sides"][0]["description"] = made["title"] = EVIL
    made["data"]["citation"] = EVIL
    for path in write_side_cards(made, tmp_path).values():
        text = path.read_text("utf-8")
        assert "<script" not in text and "a\\|b &lt;script>" in text
        assert len(tables(text)) > 6  # each as wide as its header


def test_of_very_many_classes_the_ends_are_shown(comparison, tmp_path):
    levels = [f"breed {i:03d}" for i in range(120)]
    counts = list(range(120))
    comparison["sides"][0]["composition"] = {
        "breed": {"levels": levels, "counts": {"train": counts, "test": counts}}
    }
    text = write_side_cards(comparison, tmp_path)["faces/baseline"].read_text("utf-8")
    assert "the 20 largest and the 20 smallest of 120" in text
    shown = [line[0] for t in tables(text) for line in t if line[0].startswith("breed")]
    assert shown == levels[:-21:-1] + levels[19::-1]
