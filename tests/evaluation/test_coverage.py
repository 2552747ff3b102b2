import importlib.util
import sys
from pathlib import Path

import numpy as np
import pytest

from kpoc.evaluation import scores


@pytest.fixture(scope="module")
def coverage():
    path = Path(__file__).parents[2] / "benchmarks" / "coverage.py"
    spec = importlib.util.spec_from_file_location("benchmark_coverage", path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


# 120 replications: the standard error of an A/A rate near 5 % is 2 points.
@pytest.mark.parametrize("stratified", [True, False])
def test_intervals_cover_and_a_a_comparisons_keep_silent(coverage, stratified):
    world = coverage.World(rows=640, stratified=stratified, seed_sd=0.09)
    rates = coverage.simulate(world, replications=120, resamples=120)
    for metric in coverage.METRICS:
        got = rates[metric]
        assert 0.89 <= got["difference"] <= 0.995, (metric, got)
        assert 0.89 <= got["single"] <= 0.995, (metric, got)
        assert got["alarm"] <= 0.11, (metric, got)
        # The same bounds reveal that seeds do not count.
        assert got["rows_only"] < 0.89, (metric, got)
        assert got["rows_only_alarm"] > 0.11, (metric, got)


def test_interaction_counted_twice_would_cover_too_much(coverage):
    world = coverage.World(rows=640, stratified=True, seed_sd=0.0)
    rates = coverage.simulate(world, replications=120, resamples=120)
    for metric in coverage.METRICS:
        assert rates[metric]["plain"] > rates[metric]["difference"]
        assert rates[metric]["difference"] <= 0.995
    assert np.mean([rates[metric]["plain"] for metric in coverage.METRICS]) > 0.975


def test_truth_is_that_of_an_enormous_test(coverage):
    world = coverage.World(rows=640, stratified=True, seed_sd=0.0)
    side = coverage.SIDES["baseline"]
    generator = np.random.default_rng(0)
    truth = world.truth(side, draws=2)
    rights, answers, errors = [], [], []
    for _ in range(60):
        _, true, predicted, error = world.draw(generator)
        rights.append(true)
        answers.append(predicted[0])
        errors.append(error[:, 0])
    rights, answers = np.concatenate(rights), np.concatenate(answers)
    for name in ("accuracy", "macro_f1", "balanced_accuracy"):
        found = scores.get(name)(rights, answers)
        assert found == pytest.approx(truth[name], abs=0.008), name
    assert np.abs(np.concatenate(errors)).mean() == pytest.approx(
        truth["mae"], rel=0.02
    )


def test_exit_status_and_page_name_what_is_outside(coverage, tmp_path, monkeypatch):
    good = {"difference": 0.95, "single": 0.94, "alarm": 0.05}
    more = {"rows_only": 0.7, "rows_only_alarm": 0.3, "plain": 0.97}
    rates = {metric: {**good, **more} for metric in coverage.METRICS}
    monkeypatch.setattr(coverage, "simulate", lambda *_: rates)
    page = tmp_path / "coverage.md"
    assert coverage.main(["--out", str(page)]) == 0
    assert "48 of 48 cells are inside, 0 are outside" in page.read_text()
    rates["accuracy"]["single"] = 0.971
    assert coverage.main(["--out", str(page)]) == 0
    assert "36 of 48 cells are inside, 0 are outside" in page.read_text()
    rates["mae"]["alarm"] = 0.08
    assert coverage.main(["--out", str(page)]) == 1
    assert "24 of 48 cells are inside, 12 are outside" in page.read_text()
    assert "alarm beyond its bound by 2.0 |" in page.read_text()
