"""The page in a real browser: what people see is what the comparison says."""

import json
import os
import re
import urllib.parse

import numpy as np
import pytest

from kpoc.report import write_page

pytestmark = pytest.mark.browser

PHONE, DESKTOP = 390, 1280
SCALES = {
    "%": 0.01,
    "µs": 1e-6,
    "ms": 1e-3,
    "s": 1,
    "min": 60,
    "h": 3600,
    "bytes": 1,
    "kB": 1e3,
    "MB": 1e6,
    "GB": 1e9,
    "images/s": 1,
    "": 1,
}


@pytest.fixture(scope="module")
def browser(chromium_module, tmp_path_factory):
    program = chromium_module.find()
    if program is None:
        message = "no Chromium; install it with: apt-get install chromium"
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)
    browser = chromium_module.Chromium(program, tmp_path_factory.mktemp("profile"))
    yield browser
    browser.close()


@pytest.fixture(scope="module")
def pages(make_comparison, make_thumbnails, tmp_path_factory):
    made = {}
    for name, options in {
        "two": {"epochs": 6, "calibrated": True},
        "many": {"sides": 3, "classes": 30, "seeds": 1, "epochs": 1},
        "long": {
            "names": ["base" * 20, "<b>method</b>" * 9],
            "classes": 2,
            "epochs": 2,
        },
    }.items():
        comparison = make_comparison(**options)
        folder = tmp_path_factory.mktemp(name)
        # The page must agree with the JSON as it lies on the disk.
        (folder / "comparison.json").write_text(json.dumps(comparison))
        comparison = json.loads((folder / "comparison.json").read_text())
        made[name] = (write_page(comparison, folder, make_thumbnails()), comparison)
    return made


@pytest.mark.parametrize("name", ["two", "many", "long"])
@pytest.mark.parametrize("width", [PHONE, DESKTOP])
def test_page_is_whole(browser, pages, name, width):
    path, _ = pages[name]
    browser.open(path, width)
    assert browser.complaints() == []
    asked = [url for url in browser.requests() if not url.startswith("data:")]
    assert [urllib.parse.unquote(url) for url in asked] == [path.as_uri()]
    state = browser.run(
        """({
          width: document.documentElement.scrollWidth,
          inner: window.innerWidth,
          pictures: [...document.querySelectorAll('img, svg')].map(
            e => [e.getBoundingClientRect().width, e.getBoundingClientRect().height]),
          broken: [...document.images].filter(e => !e.naturalWidth).length,
          unnamed: [...document.querySelectorAll('figure svg')].filter(
            e => !e.getAttribute('aria-label')).length,
          cut: [...document.querySelectorAll('figure svg')].filter(e => {
            const box = e.getBoundingClientRect();
            return [...e.querySelectorAll('text')].some(t => {
              const b = t.getBoundingClientRect();
              return b.left < box.left - 2 || b.right > box.right + 2;
            });
          }).length,
        })"""
    )
    assert state["inner"] == width and state["width"] <= width
    assert len(state["pictures"]) > 10
    assert all(w > 0 and h > 0 for w, h in state["pictures"])
    assert (state["broken"], state["unnamed"], state["cut"]) == (0, 0, 0)


def test_four_matrices_stand_side_by_side(browser, make_comparison, tmp_path):
    made = make_comparison(sides=4, epochs=1, slim=True)
    made["confusions"] = make_comparison(sides=4, epochs=1)["confusions"]
    browser.open(write_page(made, tmp_path, None), DESKTOP)
    places = browser.run(
        """[...document.querySelectorAll('.balanced .matrix')].map(e => [
          e.getBoundingClientRect().top, e.getBoundingClientRect().left,
          e.parentElement.scrollWidth - e.parentElement.clientWidth,
        ])"""
    )
    tops, _, hidden = zip(*places, strict=True)
    # answers and mean probabilities of gender and of ethnicity
    assert len({(top, left) for top, left, _ in places}) == 16 == len(places)
    assert len(set(tops)) == 4 and set(hidden) == {0}


def _put_images(put, comparison):
    """What single images and true against predicted may show."""
    for target, one in comparison["true_predicted"].items():
        for side, found in one["sides"].items():
            put(found["beyond"], "true_predicted", target, side, "beyond")
            for i, line in enumerate(found["lines"]):
                for k, value in enumerate(line or ()):
                    put(value, "true_predicted", target, side, i, k)
    lists = [
        (("galleries", target, side, kind), found[kind])
        for target, sides in comparison["galleries"].items()
        for side, found in sides.items()
        for kind in ("worst", "right")
    ]
    for target, nobody in comparison["nobody_helped"].items():
        held = comparison["sides"][0]["composition"][target]
        own = held["counts"]["train"][held["levels"].index(nobody["class"])]
        every = sum(held["counts"]["train"])
        for name, value in {"class": own, "all": every, "share": own / every}.items():
            put(value, "train_rows", target, comparison["sides"][0]["name"], name)
        confusion = comparison["confusions"][target]
        own = confusion["classes"].index(nobody["class"])
        for side, found in nobody["sides"].items():
            lists.append((("nobody_helped", target, side, "worst"), found["worst"]))
            total = np.sum([m[own] for m in confusion["sides"].values()], axis=0)
            others = [j for j in np.argsort(-total, kind="stable") if j != own]
            rest = np.take(confusion["sides"][side][own], others[8:]).sum()
            put(rest, "nobody_helped", target, side, "rest")
    for parts, entries in lists:
        for i, entry in enumerate(entries):
            for field in ("probability", "error"):
                put(entry.get(field), *parts, i, field)


def _lookup(comparison):
    """Every number that a key on the page may name, found without kpoc's help."""
    known = {}

    def put(value, *parts):
        known["/".join(str(part).replace("/", "-") for part in parts)] = value

    for table in ("scores", "differences"):
        for row in comparison[table]:
            parts = [table, row["target"], row["metric"], row["group"], row["level"]]
            for field, value in row.items():
                put(value, *parts, row["side"], field)
            for i, value in enumerate(row.get("per_seed", [])):
                put(value, *parts, row["side"], "per_seed", i)
    for target, one in comparison["confusions"].items():
        for side, rates in one["sides"].items():
            for i, row in enumerate(rates):
                for j, rate in enumerate(row):
                    put(rate, "confusions", target, side, i, j)
                    chance = one["probabilities"][side][i][j]
                    put(chance, "confusions", target, side, "probabilities", i, j)
    for target, one in comparison["top_k"].items():
        for side, points in one["sides"].items():
            for k, point in zip(one["k"], points, strict=True):
                for field, value in point.items():
                    put(value, "top_k", target, side, k, field)
    for target, pairs in comparison["lookalikes"].items():
        for i, pair in enumerate(pairs):
            for side, shares in pair["sides"].items():
                for field, value in shares.items():
                    put(value, "lookalikes", target, i, side, field)
            for kind, rows in pair["rows"].items():
                for j, row in enumerate(rows):
                    key = ("lookalikes", target, i, kind, j, "probability")
                    put(row["probability"], *key)
    for target, one in comparison["bands"].items():
        for side, points in one["sides"].items():
            for i, point in enumerate(points):
                for field, value in point.items():
                    put(value, "bands", target, side, i, field)
    calibration, gaps = comparison["calibration"], comparison["gaps"]
    for row in calibration["scores"] + calibration["differences"]:
        state = "scaled" if row["scaled"] else "raw"
        parts = ["calibration", *["difference"] * ("baseline" in row), row["target"]]
        for field, value in row.items():
            put(value, *parts, row["metric"], state, row["side"], field)
    for target, of_side in calibration["temperatures"].items():
        put(calibration["mix"][target], "calibration", target, "mix")
        for side, values in of_side.items():
            for i, value in enumerate(values):
                put(value, "calibration", target, "temperature", side, i)
    for row in gaps["scores"] + gaps["differences"]:
        parts = ["gaps", *["difference"] * ("baseline" in row)]
        parts += [row[k] for k in ("target", "measure", "metric", "group")]
        put(row.get("truth"), *parts, "truth")
        for field, value in row.items():
            put(value, *parts, row["side"], field)
    _put_images(put, comparison)
    for side in comparison["sides"]:
        for field, value in side["budget"].items():
            put(value, "budget", side["name"], field)
        for i, rows in enumerate(side["history"]):
            best = min(rows, key=lambda row: row["val_loss"])
            put(len(rows), "history", side["name"], i, "epochs")
            put(best["epoch"], "history", side["name"], i, "best_epoch")
            put(best["val_loss"], "history", side["name"], i, "best_val_loss")
        costs, first = (
            [
                {
                    **c,
                    **{f"latency_ms.{k}": v for k, v in c["latency_ms"].items()},
                    "train_seconds/trainable_parameters": c["train_seconds"]
                    / c["trainable_parameters"],
                }
                for c in one["cost"]
            ]
            for one in (side, comparison["sides"][0])
        )
        for field in costs[0]:
            values = [cost[field] for cost in costs]
            if isinstance(values[0], dict):
                continue
            mean = sum(values) / len(values)
            base = [cost[field] for cost in first]
            put(mean, "cost", side["name"], field, "mean")
            put(min(values), "cost", side["name"], field, "min")
            put(max(values), "cost", side["name"], field, "max")
            base = sum(base) / len(base)
            put(mean / base if base else None, "cost", side["name"], field, "ratio")
    for split, n in comparison["data"]["counts"].items():
        put(n, "data", "counts", split)
    for table, field in (
        ("data", "strata"),
        ("data", "test_scorings"),
        ("settings", "resamples"),
        ("settings", "level"),
    ):
        put(comparison[table][field], table, field)
    return known


def _read(text):
    """The number a person reads, and half of its last digit."""
    match = re.fullmatch(
        r"([+\u2212\u00d7]?)([\d,]+)(?:\.(\d+))?[\s\u00a0]?(\S*)", text
    )
    assert match, text
    sign, whole, fraction, unit = match.groups()
    scale = SCALES[unit]
    value = float(f"{whole.replace(',', '')}.{fraction or 0}")
    half = 0.5 * 10.0 ** -len(fraction or "")
    # Three significant digits of a whole number leave its last digits exact.
    return (-value if sign == "\u2212" else value) * scale, half * scale


@pytest.mark.parametrize("name", ["two", "many"])
def test_figures_equal_the_json(browser, pages, name):
    path, comparison = pages[name]
    browser.open(path, DESKTOP)
    shown = browser.run(
        """[...document.querySelectorAll('[data-key]')].map(
          e => [e.dataset.key, e.dataset.value, e.textContent.trim()])"""
    )
    known = _lookup(comparison)
    assert len(shown) > 300
    for key, data, text in shown:
        value = json.loads(data)
        assert value == pytest.approx(known[key], rel=1e-12), key
        if text == "<0.001":
            assert value < 0.001
            continue
        if "latency" in key and not key.endswith("ratio"):
            value /= 1000
        number, half = _read(text)
        assert abs(number - value) <= half * (1 + 1e-9), (key, data, text)


def test_verdict_is_on_the_first_screen_of_a_phone(browser, pages):
    path, comparison = pages["two"]
    browser.open(path, PHONE, 844)
    bottom, words = browser.run(
        """(e => [e.getBoundingClientRect().bottom, e.textContent])(
          document.querySelector('.verdict .words'))"""
    )
    assert bottom < 844 and words == comparison["verdict"]["text"]


def test_prints_with_every_detail(browser, pages, tmp_path):
    browser.open(pages["two"][0], DESKTOP)
    closed = """[...document.querySelectorAll('details')].filter(e =>
      getComputedStyle(e, '::details-content').contentVisibility == 'hidden').length"""
    assert browser.run(closed) > 5
    browser.call("Emulation.setEmulatedMedia", media="print")
    hidden = browser.run(closed)
    browser.call("Emulation.setEmulatedMedia", media="")
    browser.pdf(tmp_path / "page.pdf")
    assert hidden == 0
    assert (tmp_path / "page.pdf").read_bytes().startswith(b"%PDF-")


SIDES = ["faces/baseline", "faces/lmf", "mine/focal", "mine/reweighted", "theirs"]
TABLE = "document.querySelector('.results')"


@pytest.mark.parametrize("width", [PHONE, 1400])
def test_verdicts_of_five_sides_are_in_sight_and_more_is_announced(
    browser, make_comparison, tmp_path, width
):
    made = make_comparison(names=SIDES, epochs=1, slim=True)
    browser.open(write_page(made, tmp_path, None), width)
    badges = browser.run(
        f"""[...{TABLE}.querySelectorAll('.badge')].map(
          e => e.getBoundingClientRect()).map(r => [r.left, r.right])"""
    )
    assert len(badges) % 4 == 0 and len(badges) >= 8
    # nothing lies over them: neither the shade nor a name that stays
    assert all(0 <= left and right <= width - 14 - 24 for left, right in badges)
    scrolls, shade, end, name = browser.run(
        f"""(async table => {{
          const box = table.parentElement;
          const frame = () => new Promise(r => requestAnimationFrame(
            () => requestAnimationFrame(r)));
          const shade = () => +getComputedStyle(box, '::after').opacity;
          await frame();
          const before = shade();
          box.scrollLeft = 10000;
          await frame();
          const name = table.querySelector('.side').getBoundingClientRect().left
            - box.getBoundingClientRect().left;
          return [box.scrollWidth > box.clientWidth, before, shade(), name];
        }})({TABLE})"""
    )
    assert scrolls == (width == PHONE)
    assert (shade, end) == (float(scrolls), 0.0)
    assert name == 0


def test_in_a_table_that_scrolls_the_rows_keep_their_names(browser, pages):
    browser.open(pages["many"][0], PHONE)
    found = browser.run(
        """[...document.querySelectorAll('.scroll')].map(box => {
          box.closest('details')?.setAttribute('open', '');
          box.scrollLeft = 10000;
          const edge = box.getBoundingClientRect().left;
          return [box.scrollLeft, ...[...box.querySelectorAll('tbody th[scope=row]')]
            .map(e => e.getBoundingClientRect().left - edge)];
        })"""
    )
    scrolled = [row[1:] for row in found if row[0]]
    assert len(scrolled) > 2
    assert all(abs(left) < 1 for row in scrolled for left in row)
