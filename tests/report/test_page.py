import copy
import json
import subprocess
import sys
from html.parser import HTMLParser

import pytest

from kpoc.report import render_page, write_page
from kpoc.testing import check_section

EVIL = "<script>alert(1)</script> \"quoted\" 'too' & $x$"
VOID = {"meta", "link", "wbr", "br", "img"}


class Outline(HTMLParser):
    """Collects tags, texts and keyed numbers, and checks that tags are closed."""

    def __init__(self, html):
        super().__init__()
        self.open, self.tags, self.keyed, self.texts = [], [], {}, []
        self.feed(html)
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        self.tags.append((tag, attrs))
        if tag not in VOID:
            self.open.append(tag)
        if "data-key" in attrs:
            self.keyed[attrs["data-key"]] = json.loads(attrs["data-value"])

    def handle_startendtag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.texts.append(data)

    @property
    def text(self):
        return " ".join(" ".join(self.texts).split())


@pytest.fixture(scope="module")
def usual(make_comparison):
    """A comparison and its page, for the tests that only read them."""
    comparison = make_comparison(epochs=3)
    return comparison, render_page(comparison)


def _headings(page):
    return [
        attrs["id"] for tag, attrs in page.tags if tag == "section" and attrs.get("id")
    ]


def test_writes_one_file_and_the_same_one_again(usual, tmp_path):
    comparison, html = usual
    before = copy.deepcopy(comparison)
    path = write_page(comparison, tmp_path / "a" / "b")
    assert path == tmp_path / "a" / "b" / "index.html"
    assert [file.name for file in path.parent.iterdir()] == ["index.html"]
    assert path.read_text("utf-8") == html
    assert comparison == before


def test_every_score_and_difference_stands_in_a_table(usual):
    comparison, html = usual
    keyed = Outline(html).keyed
    for table, fields in (
        ("scores", ("estimate", "low", "high")),
        ("differences", ("difference", "low", "high", "p")),
    ):
        for row in comparison[table]:
            group = row["group"]
            for field in fields if group is None else fields[:3]:
                parts = [table, *(row[k] for k in ("target", "metric", "group"))]
                parts += [row["level"], row["side"], field]
                key = "/".join(str(part).replace("/", "-") for part in parts)
                assert keyed[key] == row[field], key
    first, second = (
        [cost["train_seconds"] for cost in side["cost"]] for side in comparison["sides"]
    )
    ratio = keyed["cost/faces-lmf_denseweight/train_seconds/ratio"]
    assert ratio == pytest.approx(sum(second) / sum(first), rel=1e-12)
    assert (
        keyed["confusions/ethnicity/faces-baseline/2/1"]
        == (comparison["confusions"]["ethnicity"]["sides"]["faces/baseline"][2][1])
    )


def test_sections_stand_in_order(usual):
    page = Outline(usual[1])
    assert (
        _headings(page)
        == (
            "scores forest classes confusions nobody_helped groups calibration bands "
            "true_predicted galleries curves cost budgets measured recipes"
        ).split()
    )
    levels = [int(tag[1]) for tag, _ in page.tags if tag in ("h1", "h2", "h3")]
    assert levels[:2] == [1, 2] and levels.count(1) == 1
    assert all(
        after - before <= 1 for before, after in zip(levels, levels[1:], strict=False)
    )
    captions = [tag for tag, _ in page.tags if tag in ("table", "caption")]
    assert captions == ["table", "caption"] * (len(captions) // 2)


@pytest.mark.parametrize(
    ("code", "icon"),
    [
        ("better", "▲"),
        ("worse", "▼"),
        ("no clear difference", "≈"),
        ("unknown", "?"),
    ],
)
def test_verdict_is_a_word_and_a_sign_not_just_a_colour(make_comparison, code, icon):
    comparison = make_comparison(epochs=1, slim=True)
    comparison["verdict"] = {"code": code, "text": "In plain words."}
    page = Outline(render_page(comparison))
    assert f"{icon} {code.capitalize()} In plain words." in page.text
    assert page.text.index("In plain words.") < page.text.index("Results")


def test_banner_and_warnings(make_comparison):
    banner = "drawn by code: says nothing about real faces"
    drawn = Outline(render_page(make_comparison(epochs=1, seeds=1, slim=True))).text
    assert banner in drawn and "Only 1 seeds" in drawn
    real = Outline(
        render_page(make_comparison(epochs=1, synthetic=False, slim=True))
    ).text
    assert banner not in real and "Before you rely on this" not in real


def test_names_from_data_are_escaped_everywhere(make_comparison):
    comparison = make_comparison(epochs=1, seeds=1, classes=3, names=[EVIL, "b" + EVIL])
    text = json.dumps(comparison)
    for name in ("Asian", "Male", "1-10", "mobilenet_v3_small", "torchvision"):
        text = text.replace(f'"{name}', f'"{json.dumps(EVIL)[1:-1]}{name}')
    comparison = json.loads(text)
    for key in ("title", "command"):
        comparison[key] = EVIL
    comparison["verdict"]["text"] = comparison["data"]["protocol"] = EVIL
    comparison["warnings"] = comparison["notes"] = [EVIL]
    comparison["sides"][0]["description"] = EVIL
    html = render_page(comparison)
    page = Outline(html)
    assert "<script" not in html.lower()
    assert {"script", "iframe", "img", "object"}.isdisjoint(tag for tag, _ in page.tags)
    assert not [a for _, attrs in page.tags for a in attrs if a.startswith("on")]
    assert page.text.count("<script>alert(1)</script>") > 20


@pytest.mark.parametrize(("sides", "classes"), [(4, 15), (1, 3)])
def test_sizes(make_comparison, sides, classes):
    comparison = make_comparison(sides=sides, classes=classes, seeds=2, epochs=2)
    page = Outline(render_page(comparison))
    ids = [attrs["id"] for _, attrs in page.tags if "id" in attrs]
    assert len(ids) == len(set(ids))
    text = page.text.replace("/ ", "/").replace("_ ", "_")
    assert all(side["name"] in text for side in comparison["sides"])
    assert ("forest" in _headings(page)) == (sides > 1)


def test_foreign_table_has_no_history_cost_or_recipe(make_comparison):
    comparison = make_comparison(epochs=2, slim=True)
    side = comparison["sides"][1]
    side.update(
        foreign=True,
        cost=[],
        history=[],
        recipe=None,
        environment=None,
        budget={},
        seeds=[],
        weights={"origin": None, "sha256": None},
    )
    text = Outline(render_page(comparison)).text
    assert "brought no history" in text and "brought no cost" in text
    assert "has no recipe: it was not trained by kpoc" in text
    assert "not both sides say what they were given" in text
    comparison["sides"][0].update(cost=[], history=[], recipe=None, budget={})
    page = Outline(render_page(comparison))
    assert {"curves", "cost", "recipes", "budgets"}.isdisjoint(_headings(page))
    assert "No training curves: no side brought its history." in page.text


@pytest.mark.parametrize(
    ("sha256", "foreign", "said"),
    [
        ("9f2c", False, "a file SHA-256 9f2c"),
        (None, False, "none: random values"),
        (None, True, "not said"),
    ],
)
def test_side_says_what_weights_it_started_from(make_comparison, sha256, foreign, said):
    comparison = make_comparison(epochs=2, slim=True)
    weights = {"origin": None, "sha256": sha256}
    comparison["sides"][1].update(weights=weights, foreign=foreign)
    text = " ".join(Outline(render_page(comparison)).text.split())
    cells = ("a file SHA-256 9f2c", "none: random values", "not said")
    assert [cell for cell in cells if cell in text] == [said]


def test_what_is_unknown_is_not_available_with_a_reason(make_comparison):
    comparison = make_comparison(epochs=2, seeds=1)

    def blank(value):
        if isinstance(value, dict):
            keep = ("n", "epoch", "seeds", "schema", "edges", "quantiles")
            return {k: v if k in keep else blank(v) for k, v in value.items()}
        if isinstance(value, list):
            return [blank(item) for item in value]
        return None if isinstance(value, float) else value

    blanked = blank(comparison)
    blanked["scores"][0].update(estimate=float("nan"), n=0)
    html = render_page(blanked)
    page = Outline(html)
    assert ">nan" not in html.lower() and ">None" not in html
    unknown = [a for _, a in page.tags if a.get("data-value") == "null"]
    assert unknown and all(attrs["title"] for attrs in unknown)
    assert "no test rows" in page.text and "not defined on these rows" in page.text


def test_unequal_budgets_are_told(make_comparison):
    comparison = make_comparison(epochs=2, slim=True)
    comparison["sides"][1]["budget"]["epochs"] = 30
    text = Outline(render_page(comparison)).text
    assert "did not have the baseline's budget: 30 epochs against 2" in text


def test_differing_settings_are_marked(usual):
    html = usual[1]
    assert html.count("<mark>") == 4  # name and loss, in both recipes
    assert "task.targets.gender.loss.name" in html


def test_several_methods_name_the_winners(make_comparison):
    comparison = make_comparison(sides=3, epochs=1, seeds=1, slim=True)
    comparison["verdict"]["code"] = "better"
    for row in comparison["differences"]:
        if row["primary"]:
            winner = row["side"] == "faces/weights"
            row["verdict"] = "better" if winner else "no clear difference"
    assert "▲ Better: faces/weights" in Outline(render_page(comparison)).text


def test_optional_keys_may_be_left_out(make_comparison):
    comparison = make_comparison(epochs=1, seeds=1, slim=True)
    for key in ("created", "command", "kpoc_version", "confusions", "bands", "notes"):
        del comparison[key]
    comparison["sides"] = [
        {"name": side["name"], "seeds": []} for side in comparison["sides"]
    ]
    page = Outline(render_page(comparison))
    assert "No confusion matrices" in page.text and "No error by band" in page.text


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"schema": 2}, "schema 1. Received: 2"),
        ({"scores": ..., "verdict": ...}, "`scores` is required\n- `verdict` is"),
        ({"sides": []}, "`sides`: List should have at least 1"),
    ],
)
def test_bad_comparisons_are_refused(make_comparison, tmp_path, change, told):
    comparison = {**make_comparison(epochs=1, seeds=1, slim=True), **change}
    comparison = {key: item for key, item in comparison.items() if item is not ...}
    with pytest.raises(ValueError, match=told):
        write_page(comparison, tmp_path)
    assert not list(tmp_path.iterdir())


def test_importing_the_room_is_light():
    code = (
        "import sys, kpoc.report; "
        "heavy = {'keras', 'tensorflow', 'matplotlib', 'jinja2', 'numpy', 'pandas'}; "
        "sys.exit(str(heavy & set(sys.modules)) if heavy & set(sys.modules) else 0)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_a_section_keeps_the_contract(make_comparison):
    check_section("budgets", make_comparison())
