"""Sections are found by their files, and somebody else's can be registered."""

import importlib
import sys

import pytest

from kpoc.report import page, render_page, section
from kpoc.report.section import register_section, sections

MODULE = """
TITLE, MISSING, PLACE = "Mine", None, 15


def context(comparison):
    return {"names": [side["name"] for side in comparison["sides"]]}
"""
ROOMS = ["kpoc.report", "kpoc.report.data"]


@pytest.fixture(autouse=True)
def nothing_stays(monkeypatch):
    monkeypatch.setattr(section, "_REGISTERED", {})


@pytest.fixture
def mine(tmp_path, monkeypatch):
    """A module outside of kpoc with its template beside it."""
    (tmp_path / "my_section.py").write_text(MODULE)
    template = tmp_path / "my_section.html.jinja"
    template.write_text('{% import "_macros.html.jinja" as m %}<p>{{ names[0] }}</p>')
    monkeypatch.syspath_prepend(tmp_path)
    yield importlib.import_module("my_section")
    sys.modules.pop("my_section")


def test_somebody_elses_stands_at_its_place_with_its_template(
    make_comparison, mine, monkeypatch
):
    assert register_section(mine) is mine and register_section(mine) is mine
    found = sections("kpoc.report")
    assert list(found)[:3] == ["verdict", "my_section", "synthetic"]
    few = {name: found[name] for name in ("synthetic", "my_section")}
    monkeypatch.setattr(page, "sections", lambda room: few)
    html = render_page(make_comparison(names=["<b>", "c"], epochs=1, slim=True))
    part = html.split('<section id="my_section"')[1].split("</section>")[0]
    assert "Mine" in part and "<p>&lt;b&gt;</p>" in part


def test_a_class_brings_its_template_as_a_text():
    class Rows:
        TITLE, MISSING, PLACE, TEMPLATE = "Rows", None, 999, "<p>{{ rows }}</p>"

        @staticmethod
        def context(subject):
            return {"rows": 3}

    register_section(Rows, page="kpoc.report.data")
    assert list(sections("kpoc.report.data"))[-1] == "Rows"
    assert "Rows" not in sections("kpoc.report")


def test_what_is_no_section_or_has_a_taken_name_is_told_all_at_once():
    class scores:  # noqa: N801 (the name of a section)
        TITLE, PLACE = 3, "first"

    with pytest.raises(ValueError, match="must be a section") as error:
        register_section(scores)
    for word in ("TITLE", "MISSING", "PLACE", "context", "TEMPLATE", "has a section"):
        assert word in str(error.value)
    assert "scores.html.jinja" in str(error.value)


@pytest.mark.parametrize("room", ROOMS)
def test_every_section_of_ours_has_a_place_of_its_own(room):
    found = sections(room)
    places = [module.PLACE for module in found.values()]
    assert places == sorted(set(places)) and len(places) > 8
    for module in found.values():
        assert not [w for w in section.problems(module) if "TEMPLATE" not in w]
