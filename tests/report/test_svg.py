import re
from xml.etree import ElementTree

from kpoc.report.figures import bands, curves, heatmap, interval_rows
from kpoc.report.figures.svg import draw_svg
from kpoc.report.history import best_epochs

EVIL = "<script>alert(1)</script>\"'&$x^2$\x00\n"


def _series(n):
    return [{"mark": i, "points": [(0.1 * i, -0.1, 0.4)] * n} for i in range(2)]


def _rows(name="a", labels=("one", "two")):
    return draw_svg(
        name, "A title", interval_rows.draw, list(labels), _series(len(labels)), "F1"
    )


def test_same_figure_same_characters():
    assert _rows() == _rows()


def test_ids_of_two_figures_never_clash():
    ids = [set(re.findall(r' id="([^"]+)"', _rows(name))) for name in "a年龄"]
    assert ids[0] and not (ids[0] & ids[1] or ids[1] & ids[2])
    text = _rows("a")
    for used in re.findall(r'url\(#([^)]+)\)|xlink:href="#([^"]+)"', text):
        assert "".join(used) in ids[0]


def test_text_stays_text_and_is_described():
    root = ElementTree.fromstring(_rows())
    assert (root.get("role"), root.get("aria-label")) == ("img", "A title")
    words = {"".join(node.itertext()).strip() for node in root.iter() if node.text}
    assert {"one", "two", "F1"} <= words
    assert not [node for node in root.iter() if node.tag.endswith(("style", "script"))]


def test_hostile_names_are_drawn_as_text():
    text = _rows(EVIL, [EVIL, "ok"])
    root = ElementTree.fromstring(text)
    assert "<script" not in text
    drawn = " ".join("".join(node.itertext()) for node in root.iter())
    assert "<script>alert(1)" in drawn
    assert "$x^2$" in " ".join(
        "".join(node.itertext())
        for node in ElementTree.fromstring(_rows("m", ["$x^2$"])).iter()
    )


def test_users_style_does_not_leak_in():
    import matplotlib

    plain = _rows()
    with matplotlib.rc_context({"font.size": 30, "axes.facecolor": "black"}):
        assert _rows() == plain
        assert matplotlib.rcParams["font.size"] == 30


def test_missing_points_leave_gaps():
    points = [(None, None, None), None, (0.5, None, None)]
    text = draw_svg(
        "g",
        "t",
        interval_rows.draw,
        ["a", "b", "c"],
        [{"mark": 0, "points": points}],
        "x",
    )
    assert text.count("#555b63") == 2  # a marker and its use
    assert "stroke-width: 1.6" not in text  # no interval
    assert draw_svg("n", "t", bands.draw, ["1-10"], [[None], [{"low": 1}]], "y")
    assert draw_svg("c", "t", curves.draw, [[{"epoch": 1, "loss": None}]], [None], 1)
    assert draw_svg("h", "t", heatmap.draw, ["a", "b"], [[None, None], [0.0, 1.0]])


def test_lower_is_better_runs_from_right_to_left():
    figure = interval_rows.draw(["a"], _series(1), "x", zero=True, inverted=True)
    left, right = figure.axes[0].get_xlim()
    assert left == -right > 0


def test_only_the_worst_rows_of_very_many_are_drawn():
    lines = [
        [{"estimate": 1 - i / 200, "low": None, "high": None, "better": "higher"}]
        for i in range(120)
    ]
    shown = interval_rows.lowest(lines)
    assert shown == list(range(119, 119 - interval_rows.MOST, -1))
    assert interval_rows.lowest(lines, keep_order=True) == sorted(shown)


def test_best_epoch_passes_over_what_is_no_number():
    rows = [{"epoch": 1, "val_loss": float("nan")}, {"epoch": 2, "val_loss": 3.0}]
    assert best_epochs({"history": [rows, rows[:1]]}) == [rows[1], None]


def test_the_best_epoch_is_that_of_what_the_recipe_watches():
    rows = [{"epoch": e, "val_loss": e, "val_f1": f} for e, f in enumerate((2, 9, 5))]
    stopping = {"monitor": "val_f1", "mode": "max", "patience": 3}
    side = {"history": [rows], "recipe": {"early_stopping": stopping}}
    assert best_epochs(side) == [rows[1]]
    (line,) = curves.draw([rows], [rows[1]], 0).axes[0].lines[2:]
    assert (line.get_xdata(), line.get_ydata()) == ([1], [1])
