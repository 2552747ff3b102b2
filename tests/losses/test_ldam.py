import keras
import numpy as np
import pytest

from kpoc.losses import LDAMLoss

TOLERANCE = {"float32": 1e-5, "float64": 1e-9}
COUNTS = [80, 15, 5]
Y = np.array([0, 1, 2, 0, 1])
Z = np.random.default_rng(1).normal(0, 2, (5, 3)).astype("float32")


@pytest.mark.parametrize("dtype", TOLERANCE)
@pytest.mark.parametrize("logits", ["logits", "logits_cos"])
@pytest.mark.parametrize("setting", ["default", "drw", "s1", "s1w"])
def test_agrees_with_the_authors(
    vectors, value_and_grad, mean_of, precision, setting, logits, dtype
):
    data = vectors("ldam_drw")
    scale, margin = data[f"ldam_{setting}__hp_s_maxm"]
    weights = data[f"ldam_{setting}__class_weight"]
    if setting in ("default", "s1"):
        weights = None
    elif setting == "drw":
        weights = "effective_number"
    key = f"ldam_{setting}{logits.removeprefix('logits')}"
    with precision(dtype):
        loss = mean_of(
            lambda **kw: LDAMLoss(
                data["class_counts"], margin, scale, class_weights=weights, **kw
            ),
            dtype,
            16,
        )
        value, gradient = value_and_grad(
            lambda z: loss(data["labels"], z), data[logits].astype(dtype)
        )
    expected, tolerance = data[f"{key}__loss_grad"], TOLERANCE[dtype]
    assert value == pytest.approx(float(data[f"{key}__loss"]), rel=tolerance)
    np.testing.assert_allclose(
        gradient, expected, rtol=tolerance, atol=tolerance * np.abs(expected).max()
    )


def test_without_margin_is_cross_entropy():
    peer = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    found = LDAMLoss(COUNTS, max_margin=0.0)(Y, Z)
    assert float(found) == pytest.approx(float(peer(Y, Z)), rel=1e-6)


def rows(weights, scale=1.0):
    """Per-row losses and row weights, re-derived."""
    margins = 0.5 * (np.array(COUNTS) / min(COUNTS)) ** -0.25
    z = scale * (Z - margins * np.eye(3)[Y])
    ce = np.log(np.exp(z).sum(-1)) - z[np.arange(5), Y]
    return ce, np.asarray(weights)[Y]


@pytest.mark.parametrize(
    ("reduction", "expected"),
    [
        ("sum_over_batch_size", lambda ce, w, s: np.sum(s * w * ce) / np.sum(w)),
        ("mean", lambda ce, w, s: np.sum(s * w * ce) / np.sum(w)),
        (
            "mean_with_sample_weight",
            lambda ce, w, s: np.sum(s * w * ce) / np.sum(s * w),
        ),
        ("sum", lambda ce, w, s: np.sum(s * w * ce) / np.mean(w)),
        ("none", lambda ce, w, s: s * w * ce / np.mean(w)),
        (None, lambda ce, w, s: s * w * ce / np.mean(w)),
    ],
)
def test_weighted_reductions(reduction, expected):
    s = np.array([1.0, 2.0, 0.0, 0.5, 1.0], "float32")
    ce, w = rows([1.0, 2.0, 4.0])
    loss = LDAMLoss(COUNTS, class_weights=[1.0, 2.0, 4.0], reduction=reduction)
    for weight in (s, s[:, None]):
        found = keras.ops.convert_to_numpy(loss(Y, Z, weight))
        np.testing.assert_allclose(np.squeeze(found), expected(ce, w, s), rtol=1e-5)


def test_zero_weight_removes_the_row():
    loss = LDAMLoss(
        COUNTS, class_weights="margins", reduction="mean_with_sample_weight"
    )
    found = loss(Y, Z, np.array([1.0, 1.0, 0.0, 1.0, 1.0]))
    kept = np.array([0, 1, 3, 4])
    assert float(found) == pytest.approx(float(loss(Y[kept], Z[kept])), rel=1e-6)


def test_batch_without_weight_is_zero():
    loss = LDAMLoss(COUNTS, class_weights=[1.0, 1.0, 0.0])
    assert float(loss([2, 2], Z[:2])) == 0.0


def test_dataset_normalisation_adds_up_over_micro_batches():
    loss = LDAMLoss(COUNTS, class_weights=[1.0, 2.0, 4.0], normalize="dataset")
    ce, w = rows([1.0, 2.0, 4.0])
    expected = np.mean(w * ce) / np.average([1, 2, 4], weights=COUNTS)
    assert float(loss(Y, Z)) == pytest.approx(expected, rel=1e-6)
    parts = [float(loss(Y[i : i + 1], Z[i : i + 1])) for i in range(5)]
    assert np.mean(parts) == pytest.approx(expected, rel=1e-6)


def test_masked_rows_do_not_count():
    inputs = keras.Input((3, 1))
    outputs = keras.layers.Dense(3)(keras.layers.Masking()(inputs))
    model = keras.Model(inputs, outputs)
    loss = LDAMLoss(COUNTS, class_weights="margins")
    x = np.array([[[1.0], [2.0], [0.0]]], "float32")  # the third step is masked
    y = np.array([[0, 2, 1]])
    z = model(x)
    expected = loss(y[0, :2], keras.ops.convert_to_numpy(z)[0, :2])
    assert float(loss(y, z)) == pytest.approx(float(expected), rel=1e-5)
    model.compile("sgd", loss)  # and in a compiled step
    found = model.evaluate(x, y, verbose=0)
    assert found == pytest.approx(float(expected), rel=1e-5)


@pytest.mark.parametrize(
    ("counts", "match"),
    [
        ([5], "`class_counts` must be a list of at least two numbers"),
        ([[5, 6]], "`class_counts` must be a list of at least two numbers"),
        ([5, 0, 3], r"`class_counts` must be finite and > 0.*Received.*\{1: 0.0\}"),
        ([5, -1, 3, -2], r"Received.*\{1: -1.0, 3: -2.0\}"),
        ([5, float("nan")], "`class_counts` must be finite"),
    ],
)
def test_bad_counts(counts, match):
    with pytest.raises(ValueError, match=match):
        LDAMLoss(counts)


@pytest.mark.parametrize(
    ("options", "match"),
    [
        ({"scale": 0.0}, "`scale` must be a finite number > 0. Received: scale=0.0"),
        ({"max_margin": -0.1}, "`max_margin` must be a finite number >= 0"),
        ({"normalize": "none"}, "`normalize` must be one of .*Received: .*'none'"),
        ({"class_weights": "margin"}, "`class_weights` must be one of .*'margins'"),
        ({"class_weights": [1.0, 2.0]}, "`class_weights` must have 3 entries"),
        ({"class_weights": [1.0, -2.0, 1.0]}, "`class_weights` must be .*>= 0"),
        ({"class_weights": [0.0, 0.0, 0.0]}, "not all zero"),
        ({"class_weights": "margins", "max_margin": 0.0}, "`max_margin` > 0"),
        ({"reduction": "median"}, "`reduction`"),
    ],
)
def test_bad_options(options, match):
    with pytest.raises(ValueError, match=match):
        LDAMLoss(COUNTS, **options)


def test_wrong_number_of_class_counts():
    with pytest.raises(ValueError, match="`class_counts` must have one entry a class"):
        LDAMLoss([3, 4])(Y[:1], Z[:1])
    with pytest.raises(ValueError, match="3 class counts, y_pred with 2 classes"):
        LDAMLoss(COUNTS)(Y[:2], Z[:2, :1])
