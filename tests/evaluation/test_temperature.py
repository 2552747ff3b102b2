import numpy as np
import pytest
from scipy import optimize, special
from sklearn import metrics as sk

from kpoc.evaluation.temperature import LIMITS, fit_temperature, scale


@pytest.fixture(scope="module")
def overconfident():
    """Truth drawn from softmax(z), and the probabilities softmax(3 z)."""
    generator = np.random.default_rng(0)
    logits = generator.normal(0, 1.5, (4000, 5))
    true = special.softmax(logits, axis=1)
    truth = (true.cumsum(axis=1) < generator.random((4000, 1))).sum(axis=1)
    return truth, special.softmax(3 * logits, axis=1)


@pytest.mark.parametrize("share", [0.6, 0.75, 0.95])
@pytest.mark.parametrize("confidence", [0.55, 0.9, 0.999])
def test_closed_form_of_equal_confidences(share, confidence):
    # d/dT = 0 where the scaled confidence is the share that is right:
    # logit(confidence) / T = logit(share)
    truth = (np.arange(200) >= 200 * share).astype(int)
    probabilities = np.tile([confidence, 1 - confidence], (200, 1))
    expected = special.logit(confidence) / special.logit(share)
    assert fit_temperature(truth, probabilities) == pytest.approx(expected, rel=1e-8)


def test_lowest_log_loss_of_sklearn(overconfident):
    truth, probabilities = overconfident

    def loss(log_temperature):
        powers = probabilities ** np.exp(-log_temperature)
        return sk.log_loss(truth, powers / powers.sum(axis=1, keepdims=True))

    found = optimize.minimize_scalar(loss, bounds=(-1, 3), options={"xatol": 1e-8})
    temperature = fit_temperature(truth, probabilities)
    assert np.log(temperature) == pytest.approx(found.x, abs=1e-5)
    assert temperature == pytest.approx(3, rel=0.05)


def test_scaling_keeps_every_answer_and_composes(overconfident):
    truth, probabilities = overconfident
    temperature = fit_temperature(truth, probabilities)
    scaled = scale(probabilities, temperature)
    np.testing.assert_array_equal(scaled.argmax(1), probabilities.argmax(1))
    np.testing.assert_allclose(scaled.sum(axis=1), 1)
    np.testing.assert_allclose(scale(probabilities, 1.0), probabilities, atol=1e-12)
    np.testing.assert_allclose(
        scale(scaled, 2.0), scale(probabilities, 2 * temperature), atol=1e-9
    )
    assert fit_temperature(truth, scaled) == pytest.approx(1, abs=1e-6)


def test_ends_at_its_limits_where_no_temperature_is_best():
    sure = np.array([[0.9, 0.1], [0.2, 0.8]])
    assert fit_temperature([0, 1], sure) == LIMITS[0]
    assert fit_temperature([1, 0], sure) == LIMITS[1]
    assert fit_temperature([0, 1], np.eye(2)) == LIMITS[0]  # zeros are no -inf


@pytest.mark.parametrize(
    ("truth", "probabilities"), [([], np.zeros((0, 2))), ([0], [0.5]), ([0, 1], [[1]])]
)
def test_refuses_what_it_cannot_fit(truth, probabilities):
    with pytest.raises(ValueError, match="Received: shapes"):
        fit_temperature(truth, probabilities)
    with pytest.raises(ValueError, match="Received: 0"):
        scale([[0.5, 0.5]], 0)
