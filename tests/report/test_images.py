"""Single images, the class left behind, and true against predicted, on the page."""

import copy
import re

import pytest

from kpoc.pictures.thumbnails import Thumbnails
from kpoc.report import render_page, shown_ids
from kpoc.report.columns import GAP, PAGE, column_width
from kpoc.report.document import render_document
from kpoc.report.gallery import cards_in_row
from kpoc.report.section import sections


@pytest.fixture(scope="module")
def comparison(make_comparison):
    made = make_comparison(sides=4, epochs=1, seeds=1, synthetic=False)
    made["data"] |= {"citation": "Zhang, CVPR 2017", "licence": "research only"}
    return made


def _section(name, comparison, thumbnails=None):
    """One section as it stands on the page; the figures of all would take long."""
    subject = {**comparison, "thumbnails": thumbnails}
    room = "kpoc.report"
    chosen = {name: sections(room)[name]}
    html = render_document(
        "page.html.jinja", room, chosen, subject, comparison=comparison
    )
    [found] = re.findall(rf'<section id="{name}".*?</section>', html, re.DOTALL)
    return found


@pytest.fixture(scope="module")
def galleries(comparison, make_thumbnails):
    return _section("galleries", comparison, make_thumbnails())


@pytest.fixture(scope="module")
def left_behind(comparison, make_thumbnails):
    return _section("nobody_helped", comparison, make_thumbnails())


def _words(html):
    return " ".join(re.sub(r"<[^>]*>", " ", html).split())


def _cards(html):
    return re.findall(r'<li class="card">.*?</li>', html, re.DOTALL)


def test_every_side_shows_its_worst_and_right_answers(comparison, galleries):
    most = cards_in_row(comparison)
    assert most == 8
    assert len(_cards(galleries)) == 3 * 4 * 2 * most
    key = 'data-key="galleries/age/faces-half/worst/'
    shown = re.findall(key + r'(\d)/error" data-value="([^"]*)"', galleries)
    entries = comparison["galleries"]["age"]["faces/half"]["worst"][:most]
    assert [float(value) for _, value in shown] == [one["error"] for one in entries]
    assert "30 of 640 wrong" in _words(galleries)
    headings = re.findall(r"<h3>(.*?)</h3>", galleries)
    assert headings[0] == "Ethnicity: worst errors"  # the primary target comes first


def test_a_card_says_what_was_true_what_was_answered_and_how_surely(
    comparison, galleries
):
    entry = comparison["galleries"]["ethnicity"]["faces/baseline"]["worst"][0]
    card = _cards(galleries)[0]
    share = f"{100 * entry['probability']:.0f}"
    assert _words(card).replace("\N{NO-BREAK SPACE}", " ") == (
        f"true White → answered Black {share} % · this side only"
    )
    assert f'alt="Test image {entry["id"]}"' in card
    assert 'src="data:image/jpeg;base64,' in card


def test_the_pictures_terms_stand_beside_them(galleries, comparison, make_thumbnails):
    text = _words(galleries)
    assert "Zhang, CVPR 2017" in text and "research only" in text
    assert "--no-images" in text
    unknown = copy.deepcopy(comparison)
    unknown["data"] |= {"citation": None, "licence": None}
    text = _words(_section("galleries", unknown, make_thumbnails()))
    assert "Terms: not known" in text


def test_without_pictures_the_page_says_so_and_keeps_the_rest(comparison):
    section = _section("galleries", comparison)
    assert "left out" in section and not _cards(section)
    rest = _section("nobody_helped", comparison)
    assert "train_rows/ethnicity/faces-baseline/class" in rest and not _cards(rest)

    gone = Thumbnails({}, {"1.png": "no such file", "2.png": "no such file"})
    section = _section("galleries", comparison, gone)
    assert "2 of 2 pictures cannot be shown: no such file (2)" in _words(section)
    assert not _cards(section + _section("nobody_helped", comparison, gone))


def test_a_single_missing_picture_leaves_its_card(comparison, make_thumbnails):
    entry = comparison["galleries"]["ethnicity"]["faces/baseline"]["worst"][0]
    made = make_thumbnails(missing={entry["id"]})
    card = _cards(_section("galleries", comparison, made))[0]
    assert "<img" not in card and "no such file" in card and "Black" in card


def test_ids_and_classes_cannot_break_out(comparison):
    evil = "<img src=x onerror=alert(1)>\" 'x'"
    changed = copy.deepcopy(comparison)
    entry = changed["galleries"]["ethnicity"]["faces/baseline"]["worst"][0]
    entry |= {"id": evil, "truth": evil, "answer": evil + "2"}
    made = Thumbnails({evil: "data:image/jpeg;base64,AAAA"}, {})
    section = _section("galleries", changed, made)
    assert section.count("<img") == 1 and "onerror=alert(1)&gt;" in section


def test_shown_ids_are_those_of_the_pictures_on_the_page(
    comparison, galleries, left_behind
):
    ids = set(re.findall(r'alt="Test image ([^"]+)"', galleries + left_behind))
    assert ids == set(shown_ids(comparison))


def test_the_class_left_behind_tells_where_its_images_go(comparison, left_behind):
    text = _words(left_behind)
    assert "Indian is the class whose best side is the worst: no side" in text
    assert "It has 500 of 1,400 train rows ( 35.7 % )." in text
    rates = comparison["confusions"]["ethnicity"]["sides"]["faces/baseline"][3]
    for j, rate in enumerate(rates):
        key = f'data-key="confusions/ethnicity/faces-baseline/3/{j}"'
        assert f'{key} data-value="{rate}"' in left_behind
    answers = re.findall(r'<tr><th scope="row">([^<]+)', left_behind)
    assert answers[0].strip() == "Indian" and answers[-1] == "F1"
    assert len(_cards(left_behind)) == 4 * 8


def test_sides_with_other_train_rows_are_told_apart(comparison):
    changed = copy.deepcopy(comparison)
    held = changed["sides"][2]["composition"]["ethnicity"]["counts"]
    held["train"] = [100, 100, 100, 100]
    text = _words(_section("nobody_helped", changed))
    assert "It has 500 of 1,400 train rows ( 35.7 % ) for faces/baseline, " in text
    assert (
        "faces/half , and 100 of 400 train rows ( 25.0 % ) for faces/weights ." in text
    )


def test_nobody_helps_is_said_only_where_it_is_so(comparison):
    def text(verdicts):
        changed = copy.deepcopy(comparison)
        for row in changed["differences"]:
            if (row["level"], row["metric"]) == ("Indian", "f1"):
                row["verdict"] = verdicts[row["side"]]
        return _words(_section("nobody_helped", changed))

    methods = ["faces/lmf_denseweight", "faces/weights", "faces/half"]
    same = dict.fromkeys(methods, "no clear difference")
    assert "Nobody helps it: no side is clearly better" in text(same)
    helped = text(same | {"faces/half": "better", "faces/weights": "worse"})
    assert "Nobody helps it" not in helped
    assert "Clearly better on it than faces/baseline: faces/half." in helped
    assert "Clearly worse: faces/weights." in helped


def test_many_classes_have_the_rest_in_one_row(make_comparison):
    comparison = make_comparison(classes=30, epochs=1, seeds=1)
    section = _section("nobody_helped", comparison)
    assert len(re.findall('<tr><th scope="row">', section)) == 1 + 8 + 1 + 1
    shares = re.findall(
        r'data-key="(?:confusions/ethnicity/faces-baseline/29/\d+'
        r'|nobody_helped/ethnicity/faces-baseline/rest)" data-value="([^"]*)"',
        section,
    )
    assert len(shares) == 10
    assert sum(map(float, shares)) == pytest.approx(1)


def test_true_against_predicted_has_a_panel_a_side_and_its_numbers(comparison):
    section = _section("true_predicted", comparison)
    assert section.count("<svg") == 4
    lines = comparison["true_predicted"]["age"]["sides"]["faces/weights"]["lines"]
    key = 'data-key="true_predicted/age/faces-weights/4/1" data-value="'
    assert f'{key}{lines[4][1]}"' in section
    text = _words(section)
    assert "9 to 16 40" in text  # whole years, not the edges between them
    assert "drawn on their edge" in text and "too few test rows" in section


@pytest.mark.parametrize(
    ("sides", "targets", "expected"),
    [(2, 3, 8), (4, 3, 8), (8, 3, 5), (8, 20, 3)],
)
def test_rows_get_shorter_with_many_sides_and_targets(sides, targets, expected):
    comparison = {
        "sides": [None] * sides,
        "galleries": dict.fromkeys(map(str, range(targets)), {}),
        "primary": {"target": "0", "metric": "f1"},
    }
    assert cards_in_row(comparison) == expected


@pytest.mark.parametrize("least", [200, 253, 340, 530, 2000])
@pytest.mark.parametrize("count", range(1, 10))
def test_columns_leave_no_row_nearly_empty(count, least):
    width = column_width(count, least)
    columns = (PAGE + GAP) // (width + GAP)
    assert columns * (width + GAP) - GAP <= PAGE
    assert width >= min(least, PAGE)
    rows = -(-count // columns)
    fitting = max(1, (PAGE + GAP) // (least + GAP))
    assert rows == -(-count // fitting)  # no more rows than with all that fit
    assert rows == 1 or columns * (rows - 1) < count
    assert all(-(-count // fewer) > rows for fewer in range(1, columns))


@pytest.mark.slow  # some thirty figures and 300 pictures
def test_a_page_with_many_sides_classes_and_pictures_stays_small(
    make_comparison, make_thumbnails
):
    names = [f"faces/method_number_{i}" for i in range(8)]
    comparison = make_comparison(names=names, classes=120, seeds=3, epochs=2)
    size = len(render_page(comparison, make_thumbnails()).encode())
    assert size < 8_000_000
