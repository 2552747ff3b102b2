"""The log of scorings of test rows."""

import json

from kpoc.runs.scorings import NAME, Scorings


def test_scorings_of_the_same_rows_are_counted(tmp_path):
    log = Scorings(tmp_path / "runs")
    assert log.count("one") == 0
    for digest in ("one", "two", "one"):
        log.note(digest, ["a", "b"])
    assert log.count("one") == 2 and log.count("two") == 1


def test_a_line_cut_short_counts_and_spoils_no_other(tmp_path):
    (tmp_path / NAME).write_text('{"time": "2026-01-01T00:00:00Z", "test_d')
    log = Scorings(tmp_path)
    log.note("one", ["a", "b"])
    assert log.count("one") == 2 and log.count("two") == 1
    last = json.loads((tmp_path / NAME).read_text().splitlines()[-1])
    assert last["sides"] == ["a", "b"] and last["test_digest"] == "one"
