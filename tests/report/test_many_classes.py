"""What the page shows of many classes, and that few look as they did."""

import re
from importlib import import_module
from xml.etree import ElementTree

import numpy as np
import pytest

from kpoc.report import render_page, shown_ids
from kpoc.report.figures import heatmap
from kpoc.report.figures.svg import draw_svg

NEW = ("top_k", "lookalikes")


@pytest.fixture(scope="module")
def page(make_comparison, make_thumbnails):
    """A page on 15 classes, by section, and its comparison."""
    comparison = make_comparison(classes=15, epochs=1, seeds=1)
    return _sections(render_page(comparison, make_thumbnails())), comparison


def _sections(html):
    parts = re.split(r'<section id="([^"]+)"', html)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def _texts(svg):
    return ["".join(t.itertext()) for t in ElementTree.fromstring(svg).iter() if t.text]


def test_few_classes_have_tables_and_none_of_the_new_sections(make_comparison):
    sections = _sections(render_page(make_comparison(epochs=1, seeds=1)))
    assert not set(NEW) & set(sections)
    confusions = sections["confusions"]
    assert "<svg" not in confusions and "one order for all sides" not in confusions
    assert "most frequent confusions" not in confusions
    # the other matrix waits in a closed part
    first, closed = confusions.split("<details>", 1)
    assert "mean probability instead of answers" not in first
    assert "/probabilities/" not in first and "/probabilities/" in closed


def test_a_comparison_of_before_still_has_its_page(make_comparison):
    comparison = make_comparison(classes=15, epochs=1, seeds=1)
    for key in NEW:
        del comparison[key]
    for one in comparison["confusions"].values():
        del one["order"], one["probabilities"]
    sections = _sections(render_page(comparison))
    assert sections["confusions"].count("<svg") == 2
    assert shown_ids(comparison)


def test_both_matrices_stand_side_by_side_in_the_same_order(page):
    sections, comparison = page
    svgs = re.findall(r"<svg.*?</svg>", sections["confusions"], re.DOTALL)
    assert len(svgs) == 2 * len(comparison["sides"])
    ethnicity = comparison["confusions"]["ethnicity"]
    expected = [ethnicity["classes"][i] for i in ethnicity["order"]]
    assert expected[0] == "Kind 14"
    for svg in svgs:
        names = [text for text in _texts(svg) if text in expected]
        assert names == 2 * expected
    for title in ("faces/baseline: answers", "faces/baseline: mean probability"):
        assert title in sections["confusions"]


def test_the_most_frequent_confusions_are_listed_for_all_sides(page):
    sections, comparison = page
    table = sections["confusions"].split("the most frequent confusions")[1]
    keys = re.findall(r'data-key="confusions/ethnicity/([^/]+)/(\d+)/(\d+)"', table)
    sides = [side["name"] for side in comparison["sides"]]
    assert len(keys) == 15 * len(sides)
    rates = comparison["confusions"]["ethnicity"]["sides"]
    totals = {
        (i, j): sum(rates[side][i][j] for side in sides)
        for i in range(15)
        for j in range(15)
        if i != j
    }
    best = sorted(totals, key=totals.get, reverse=True)[:15]
    assert [(int(i), int(j)) for _, i, j in keys[:: len(sides)]] == best


def test_very_many_classes_have_every_name_once_a_figure(make_comparison):
    classes = [f"Kind {i:03d}" for i in range(120)]
    matrix = [[float(i == j) for j in range(120)] for i in range(120)]
    svg = draw_svg("a", "A", heatmap.draw_wide, classes, {"one": matrix, "two": matrix})
    texts = _texts(svg)
    assert [text for text in texts if text in classes] == classes
    assert "one" in texts and "two" in texts
    assert len(svg) < 200_000


def test_matrices_without_their_zeros_make_the_same_page(make_comparison, monkeypatch):
    section = import_module("kpoc.report.sections.confusions")
    # what is drawn, since drawing it twice takes long
    monkeypatch.setattr(
        section,
        "draw_svg",
        lambda name, title, draw, classes, panels: {
            panel: np.nan_to_num(rates, nan=-1).tolist()
            for panel, rates in panels.items()
        },
    )
    comparison = make_comparison(classes=130, epochs=1, seeds=1)
    confusion = comparison["confusions"]["ethnicity"]
    for side, rates in confusion["sides"].items():
        sparse = np.where(np.array(rates) < 0.003, 0.0, rates)
        sparse[7] = np.nan
        whole = np.where(np.isnan(sparse), None, sparse).tolist()
        confusion["sides"][side] = [None if row[0] is None else row for row in whole]
    before = _confused(comparison)
    for side, rows in confusion["sides"].items():
        confusion["sides"][side] = [
            row and {str(j): rate for j, rate in enumerate(row) if rate} for row in rows
        ]
    assert isinstance(confusion["sides"]["faces/baseline"][0], dict)
    assert _confused(comparison) == before
    assert before[1][0]["is_right"] and before[0]["targets"][1]["pairs"]


def _confused(comparison):
    """What the sections on confusions give to their templates."""
    sections = "kpoc.report.sections."
    confusions = import_module(f"{sections}confusions").context(comparison)
    helped = import_module(f"{sections}nobody_helped")._answers(
        comparison, "ethnicity", comparison["confusions"]["ethnicity"]["classes"][3]
    )
    return confusions, helped


def test_the_curve_has_its_numbers(page):
    sections, comparison = page
    curve = comparison["top_k"]["ethnicity"]["sides"]["faces/lmf_denseweight"]
    for k in (1, 10):
        key = f'data-key="top_k/ethnicity/faces-lmf_denseweight/{k}/low"'
        assert f'{key} data-value="{curve[k - 1]["low"]}"' in sections["top_k"]
    assert sections["top_k"].count("<svg") == 1 + len(comparison["sides"])


def test_lookalikes_stand_beside_each_other(page):
    sections, comparison = page
    section = sections["lookalikes"]
    pairs = comparison["lookalikes"]["ethnicity"]
    strips = re.findall(r'aria-label="Images of ([^"]+)".*?</ul>', section, re.DOTALL)
    assert len(strips) == 2 * len(pairs)
    shown = re.findall(r'alt="Test image ([^"]+)"', section)
    expected = [
        row["id"]
        for pair in pairs
        for rows in pair["rows"].values()
        for row in rows[:4]
    ]
    assert shown == expected
    assert set(expected) <= set(shown_ids(comparison))
    first = pairs[0]["sides"]["faces/baseline"]["taken"]
    assert f'0/faces-baseline/taken" data-value="{first}"' in section


def test_without_pictures_the_figures_of_lookalikes_stay(make_comparison):
    comparison = make_comparison(classes=15, epochs=1, seeds=1)
    section = _sections(render_page(comparison))["lookalikes"]
    assert "<img" not in section and "no-picture" not in section
    assert section.count("/taken") == 6 * len(comparison["sides"])


def test_of_many_classes_those_with_the_largest_differences_are_drawn(make_comparison):
    comparison = make_comparison(classes=60, epochs=1, seeds=1)
    rows = [
        row
        for row in comparison["differences"]
        if (row["target"], row["metric"], row["group"]) == ("ethnicity", "f1", "class")
    ]
    rows[-1]["difference"] = 5.0
    found = import_module("kpoc.report.sections.forest").context(comparison)
    figure = next(f for f in found["figures"] if "F1 of each class" in f["title"])
    assert "The 40 of 60 with the largest differences" in figure["note"]
    drawn = {t for t in _texts(figure["svg"]) if t in {row["level"] for row in rows}}
    largest = sorted(rows, key=lambda row: -abs(row["difference"]))[:40]
    assert drawn == {row["level"] for row in largest} and rows[-1]["level"] in drawn


def test_cost_has_the_time_of_an_evaluation_and_of_a_weight(page):
    sections, comparison = page
    cost = comparison["sides"][1]["cost"][0]
    key = 'data-key="cost/faces-lmf_denseweight/'
    for field, value in (
        ("evaluation_seconds", cost["evaluation_seconds"]),
        (
            "train_seconds-trainable_parameters",
            cost["train_seconds"] / cost["trainable_parameters"],
        ),
    ):
        assert f'{key}{field}/mean" data-value="{value}"' in sections["cost"]
    assert "features of a frozen backbone" not in sections["cost"]
    assert re.search(r">\d+ µs<", sections["cost"].replace("\u00a0", " "))
