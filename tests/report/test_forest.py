"""Differences at a glance, and for whom: what is told apart by its words."""

import copy
import re

from kpoc.report.sections import forest, verdict


def _two_yes_no_groups(comparison):
    """Gender and age in two groups with levels of the same names; no classes."""
    names = {"Male": "yes", "Female": "no", "1-10": "yes", "11-20": "no"}
    for part in ("scores", "differences"):
        comparison[part] = [r for r in comparison[part] if r["group"] != "class"]
        for row in comparison[part]:
            row["level"] = names.get(row["level"], row["level"])
    return comparison


def test_levels_of_one_name_are_told_apart_by_their_group(make_comparison):
    made = _two_yes_no_groups(make_comparison(epochs=1))
    (method,) = verdict.context(made)["methods"]
    named = ", ".join(one["names"] for one in method["whom"])
    found = re.split(", | and ", named)
    assert {"gender: yes", "gender: no", "age_band: yes", "21-30"} <= set(found)
    drawn = forest.context(made)["figures"][-1]["svg"]
    for label in ("gender: yes", "age_band: no", "31-40"):
        assert f"{label}</text>" in drawn


def test_two_panels_of_one_unit_say_their_direction(make_comparison):
    made = make_comparison(epochs=1, slim=True)
    rows = [r for r in made["differences"] if r["metric"] == "accuracy"]
    made["differences"] += [
        copy.deepcopy(row) | {"metric": "cross_entropy", "better": "lower"}
        for row in rows
    ]
    figures = forest.context(made)["figures"]
    assert [figure["title"] for figure in figures] == [
        *("Overall, higher is better", "Overall, in years", "Overall, lower is better")
    ]
    ids = re.findall(r' id="([^"]+)"', "".join(figure["svg"] for figure in figures))
    assert len(ids) == len(set(ids))
