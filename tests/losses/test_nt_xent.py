import keras
import numpy as np
import pytest

from kpoc.losses import NTXentLoss

TOLERANCE = {"float32": 1e-5, "float64": 1e-9}


@pytest.mark.parametrize("dtype", TOLERANCE)
@pytest.mark.parametrize("temperature", [0.1, 0.5, 1.0])
@pytest.mark.parametrize("normalize", [True, False])
def test_agrees_with_simclr(
    vectors, value_and_grad, mean_of, precision, normalize, temperature, dtype
):
    data = vectors("ntxent_simclr")
    key = f"norm{int(normalize)}_T{temperature}".replace(".", "p")
    hidden = data["hidden"].astype(dtype)
    with precision(dtype):
        loss = mean_of(lambda **kw: NTXentLoss(temperature, normalize, **kw), dtype, 6)
        value, gradient = value_and_grad(lambda h: loss(h[:6], h[6:]), hidden)
    tolerance = TOLERANCE[dtype]
    expected = float(data[f"{key}__loss_paper_mean_over_2N"])
    assert value == pytest.approx(expected, rel=tolerance)
    expected = data[f"{key}__grad"] / 2  # theirs is of twice the loss
    np.testing.assert_allclose(
        gradient, expected, rtol=tolerance, atol=tolerance * np.abs(expected).max()
    )


def by_the_paper(a, b, temperature):
    """Equation 1 over interleaved rows, one pair at a time."""
    rows = [
        row / np.linalg.norm(row) for pair in zip(a, b, strict=True) for row in pair
    ]
    total = 0.0
    for i in range(len(rows)):
        other = i + 1 if i % 2 == 0 else i - 1
        terms = [
            np.exp(rows[i] @ rows[k] / temperature) for k in range(len(rows)) if k != i
        ]
        total -= np.log(np.exp(rows[i] @ rows[other] / temperature) / sum(terms))
    return total / len(rows)


@pytest.mark.parametrize("rows", [2, 7])
@pytest.mark.parametrize("temperature", [0.1, 1.0])
def test_agrees_with_the_paper(rows, temperature):
    a, b = np.random.default_rng(rows).normal(0, 1, (2, rows, 3))
    found = float(NTXentLoss(temperature)(a, b))
    assert found == pytest.approx(by_the_paper(a, b, temperature), rel=1e-5)
    assert float(NTXentLoss(temperature)(b, a)) == pytest.approx(found, rel=1e-5)


def test_equal_rows_have_a_closed_form():
    z = np.ones((5, 3), "float32")
    assert float(NTXentLoss()(z, z)) == pytest.approx(np.log(9), rel=1e-6)


def test_one_pair_has_no_negatives(value_and_grad):
    z = np.random.default_rng(0).normal(0, 1, (1, 4)).astype("float32")
    value, gradient = value_and_grad(lambda a: NTXentLoss()(a, z), z + 1)
    assert value == 0.0
    np.testing.assert_array_equal(gradient, 0.0)


def test_a_zero_row_has_a_finite_gradient(value_and_grad):
    z = np.array([[0.0, 0.0], [1.0, 2.0]], "float32")
    value, gradient = value_and_grad(lambda a: NTXentLoss()(a, z[::-1].copy()), z)
    assert np.isfinite(value) and np.isfinite(gradient).all()


def test_sample_weight_is_one_a_pair():
    a, b = np.random.default_rng(1).normal(0, 1, (2, 4, 3))
    rows = np.asarray(NTXentLoss(reduction="none")(a, b))
    weight = np.array([1.0, 0.0, 2.0, 1.0])
    found = NTXentLoss(reduction="mean_with_sample_weight")(a, b, weight)
    assert float(found) == pytest.approx(np.average(rows, weights=weight), rel=1e-5)


def largest_tensor(function, a, b):
    """Elements of the largest tensor in the graph of value and gradients."""
    if keras.backend.backend() == "jax":
        import jax

        graph = jax.make_jaxpr(jax.value_and_grad(function, (0, 1)))(a, b).jaxpr
        return max(v.aval.size for e in graph.eqns for v in e.outvars)
    import tensorflow as tf

    @tf.function(autograph=False)
    def run(a, b):
        with tf.GradientTape() as tape:
            tape.watch([a, b])
            value = function(a, b)
        return value, tape.gradient(value, [a, b])

    graph = run.get_concrete_function(tf.constant(a), tf.constant(b)).graph
    return max(
        out.shape.num_elements() or 0
        for operation in graph.get_operations()
        for out in operation.outputs
        if out.shape.is_fully_defined()
    )


def test_nothing_is_larger_than_a_block_of_similarities():
    if keras.backend.backend() == "torch":
        pytest.skip("PyTorch has no graph to look at")
    a, b = np.random.default_rng(1).normal(0, 1, (2, 40, 3)).astype("float32")
    assert largest_tensor(NTXentLoss(), a, b) == 40 * 40


def test_bad_arguments():
    for temperature in (0, -0.1, float("inf"), None):
        with pytest.raises(
            ValueError, match="`temperature` must be a finite number > 0"
        ):
            NTXentLoss(temperature)
    z = np.ones((4, 3), "float32")
    for other in (z[:3], z[:, :2], z[0]):
        with pytest.raises(
            ValueError, match="`z_a` and `z_b` must have the same shape"
        ):
            NTXentLoss()(z, other)
