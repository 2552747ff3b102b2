import numpy as np
import pytest

from kpoc.losses import DINOLoss

TOLERANCE = {"float32": 1e-5, "float64": 1e-9}


def teacher_probs(logits, center, temperature):
    z = (logits - center) / temperature
    e = np.exp(z - z.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


def check(found, expected_loss, expected_gradient, tolerance):
    value, gradient = found
    assert value == pytest.approx(float(expected_loss), rel=tolerance)
    np.testing.assert_allclose(
        gradient,
        expected_gradient,
        rtol=tolerance,
        atol=tolerance * np.abs(expected_gradient).max(),
    )


@pytest.mark.parametrize("dtype", TOLERANCE)
@pytest.mark.parametrize("step", range(5))
@pytest.mark.parametrize(("case", "temperature"), [("default", 0.1), ("alt", 0.2)])
def test_agrees_with_the_authors(
    vectors, value_and_grad, mean_of, precision, case, temperature, step, dtype
):
    data = vectors("dino_loss")
    probs = teacher_probs(
        data["teacher_out"][step],
        data[f"{case}__center"][step],
        data[f"{case}__teacher_temp_schedule"][data["epochs"][step]],
    ).astype(dtype)
    with precision(dtype):
        loss = mean_of(lambda **kw: DINOLoss(temperature, **kw), dtype, 4)
        found = value_and_grad(
            lambda z: loss(probs, z), data["student_out"][step].astype(dtype)
        )
    check(
        found,
        data[f"{case}__loss"][step],
        data[f"{case}__dloss_dstudent"][step],
        TOLERANCE[dtype],
    )


def by_pairs(probs, logits, temperature):
    log_p = logits / temperature
    log_p = log_p - np.log(np.exp(log_p).sum(-1, keepdims=True))
    terms = [
        -(probs[i] * log_p[v]).sum(-1)
        for i in range(2)
        for v in range(len(logits))
        if v != i
    ]
    return np.mean(terms, axis=0)


@pytest.mark.parametrize("crops", [2, 3, 8])
@pytest.mark.parametrize("batch", [1, 4])
def test_agrees_pair_by_pair(crops, batch):
    rng = np.random.default_rng(crops)
    probs = rng.dirichlet(np.ones(5), (2, batch))
    logits = rng.normal(0, 1, (crops, batch, 5))
    expected = by_pairs(probs, logits, 0.1)
    flat = probs.reshape(-1, 5), logits.reshape(-1, 5)
    for found in (
        DINOLoss(reduction="none")(probs, logits),
        DINOLoss(reduction="none")(*flat),
    ):
        np.testing.assert_allclose(np.asarray(found), expected, rtol=1e-5)


def test_no_gradient_reaches_the_teacher(value_and_grad):
    rng = np.random.default_rng(0)
    logits = rng.normal(0, 1, (3, 2, 5)).astype("float32")
    probs = rng.dirichlet(np.ones(5), (2, 2)).astype("float32")
    # The teacher's part of x must get a zero gradient, the student's must not.
    x = np.concatenate([probs, logits])
    _, gradient = value_and_grad(lambda x: DINOLoss()(x[:2], x[2:]), x)
    np.testing.assert_array_equal(gradient[:2], 0.0)
    assert np.abs(gradient[2:]).max() > 0.01


@pytest.mark.parametrize(
    ("teacher", "student"),
    [
        ((2, 4, 5), (3, 4, 6)),
        ((2, 4, 5), (3, 3, 5)),
        ((3, 4, 5), (3, 4, 5)),
        ((2, 4, 5), (1, 4, 5)),
        ((2, 4, 5), (12, 5)),
        ((7, 5), (12, 5)),
        ((8, 5), (13, 5)),
        ((8, 5), (4, 5)),
    ],
)
def test_bad_shapes(teacher, student):
    with pytest.raises(ValueError, match=r"`teacher_probs` must be .*Received: teach"):
        DINOLoss()(np.ones(teacher, "float32"), np.ones(student, "float32"))


def test_bad_temperature():
    with pytest.raises(ValueError, match="`student_temperature` must be a finite"):
        DINOLoss(0.0)
