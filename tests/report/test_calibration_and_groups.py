"""What the page says of probabilities, of gaps between groups, and of costs."""

import html
import json
import re

import pytest

from kpoc.report import page, render_page


@pytest.fixture(autouse=True, scope="module")
def few_sections():
    """Only the sections that are tested here, as all take their time."""
    with pytest.MonkeyPatch.context() as patch:
        every, few = page.sections("kpoc.report"), ("groups", "calibration", "cost")
        patch.setattr(
            page, "sections", lambda room: {name: every[name] for name in few}
        )
        yield


def keyed(text):
    pairs = re.findall(r'data-key="([^"]*)" data-value="([^"]*)"', text)
    return {html.unescape(key): json.loads(html.unescape(v)) for key, v in pairs}


def words(text, section):
    part = text.split(f'<section id="{section}"')[1].split("</section>")[0]
    part = re.sub(r"<svg.*?</svg>", " ", part, flags=re.DOTALL)
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", part)).split())


@pytest.fixture(scope="module")
def made(make_comparison):
    comparison = make_comparison(sides=3, epochs=1, calibrated=True)
    return comparison, render_page(comparison)


def test_both_states_of_every_side_stand_beside_each_other(made):
    comparison, text = made
    found = keyed(text)
    for row in comparison["calibration"]["scores"]:
        state = "scaled" if row["scaled"] else "raw"
        side = row["side"].replace("/", "-")
        key = f"calibration/{row['target']}/{row['metric']}/{state}/{side}"
        for field in ("estimate", "low", "high"):
            assert found[f"{key}/{field}"] == row[field]
    diagrams = re.findall(r'aria-label="Reliability diagram', text)
    assert len(diagrams) == 2 * 3  # each target with classes, each side
    text = words(text, "calibration")
    assert "faces/weights , scaled: not available: no validation predictions." in text
    assert "1.31 , 1.40 , 100" in text  # the temperature of every seed
    assert "100 is where the search ends" in text
    assert "21.4 % of them would have to be of another class" in text
    assert "too sure" in text and "by chance" in text


def test_without_calibrating_the_page_tells_how(make_comparison):
    comparison = make_comparison(epochs=1, seeds=1)
    comparison["calibration"]["mix"] = {"gender": 0.01, "ethnicity": None}
    text = words(render_page(comparison), "calibration")
    assert "kpoc compare --calibrate" in text
    assert "as predicted" not in text and "another mix" not in text


def test_sure_in_words_only_where_the_interval_leaves_no_doubt(make_comparison):
    comparison = make_comparison(epochs=1, seeds=1)
    ends = iter([(0.01, 0.2), (-0.2, -0.01), (-0.1, 0.1), (None, None)])
    for row in comparison["calibration"]["scores"]:
        if row["metric"] == "overconfidence":
            row["low"], row["high"] = next(ends)
    text = words(render_page(comparison), "calibration")
    sure = re.findall(r"\] (too sure|not sure enough|neither clearly)", text)
    assert sure == ["too sure", "not sure enough", "neither clearly"]
    assert "no interval neither clearly" in text


def test_gaps_name_the_ends_and_stand_beside_their_difference(made):
    comparison, text = made
    found = keyed(text)
    for row in comparison["gaps"]["scores"]:
        names = [row[k] for k in ("target", "measure", "metric", "group", "side")]
        key = "gaps/" + "/".join(str(name).replace("/", "-") for name in names)
        for field in ("estimate", "low", "high", "chance"):
            assert found[f"{key}/{field}"] == row[field]
    for row in comparison["gaps"]["differences"]:
        names = [row[k] for k in ("target", "measure", "metric", "group", "side")]
        key = "gaps/difference/" + "/".join(str(n).replace("/", "-") for n in names)
        assert found[f"{key}/difference"] == row["difference"]
    assert "Male (320)" in text
    text = words(text, "groups")
    assert "Male worst, Female best" in text
    assert "Gender: demographic parity difference 0.020 in the truth" in text
    assert "1-10 least, 31-40 most" in text
    assert "for fewer than 10 test rows: 81-90." in text
    assert re.search(r"Male 320 ", text)


def test_groups_without_gaps_and_comparisons_of_old_are_shown(make_comparison):
    comparison = make_comparison(epochs=1, seeds=1)
    comparison["gaps"] = {"scores": [], "differences": []}
    del comparison["calibration"]
    text = render_page(comparison)
    assert "No gap by gender: fewer than two levels have 10" in words(text, "groups")
    assert "No calibration: no target has classes" in text


def test_costs_have_units_and_say_where_they_were_measured(made, make_comparison):
    text = words(made[1], "cost").replace("\N{NO-BREAK SPACE}", " ")
    for label, unit in {
        "Training time, one run": "min",
        "Training speed": "images/s",
        "Compile time": "s",
        "Model file": "MB",
        "Peak memory of the training": "GB",
        "Latency of one image, p50": "ms",
        "Latency of one image, p95": "ms",
        "Image size": "px",
    }.items():
        assert re.search(rf"{label} [\d.,]+ {unit}\b", text), label
    assert "Parameters 1,530,656" in text and "XLA compilation off off off" in text
    assert "same machine" not in text
    comparison = make_comparison(epochs=1, slim=True)
    for side, gpus in zip(comparison["sides"], ([], ["gpu:0"]), strict=True):
        side["environment"] = {"cpus": 2, "accelerators": gpus, "backend": "jax"}
    text = words(render_page(comparison), "cost")
    assert "2 CPU cores (jax) 2 CPU cores, gpu:0 (jax)" in text
    assert "Not all sides were trained on the same machine" in text


def test_costs_of_exported_files_stand_beside_the_models(make_comparison):
    comparison = make_comparison(epochs=1, slim=True)
    assert "Exported" not in words(render_page(comparison), "cost")
    for number, side in enumerate(comparison["sides"]):
        for seed, cost in enumerate(side["cost"]):
            cost["exports"] = {"tflite": {"bytes": 2_000_000}}
            if number:
                latency = {"p50": 4.0 + seed, "p95": 8.0}
                cost["exports"]["onnx"] = {"bytes": 6_000_000, "latency_ms": latency}
    seeds = len(comparison["sides"][1]["cost"])
    page_text = render_page(comparison)
    text = words(page_text, "cost").replace("\N{NO-BREAK SPACE}", " ")
    assert re.search(r"Exported as tflite, size 2(\.0+)? MB 2(\.0+)? MB", text)
    assert "Exported as tflite, latency" not in text
    assert "Exported as onnx, latency of one image, p95" in text
    assert "Exported files: one image as it is stored" in text
    found, names = keyed(page_text), [side["name"] for side in comparison["sides"]]
    keys = [f"cost/{name.replace('/', '-')}/exports.onnx" for name in names]
    assert found[f"{keys[1]}.latency_ms.p50/mean"] == 4 + (seeds - 1) / 2
    assert found[f"{keys[1]}.bytes/mean"] == 6_000_000
    assert found.get(f"{keys[0]}.bytes/mean") is None
