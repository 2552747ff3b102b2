import numpy as np
import pytest

from kpoc.losses import LDAMLoss, LMFLoss, SparseCategoricalFocalCrossentropy

SETTINGS = ["official", "slide", "slide_ab", "s10_w", "ldam_w_only"]
TOLERANCE = {"float32": 1e-5, "float64": 1e-9}


def close(found, expected, dtype):
    # Gradients near zero are compared on the scale of the largest one.
    size = np.max(np.abs(expected))
    np.testing.assert_allclose(
        found, expected, rtol=TOLERANCE[dtype], atol=TOLERANCE[dtype] * size
    )


def losses_of(data, setting, mean_of, dtype):
    scale, margin, gamma, alpha, beta = data[f"{setting}__hp_s_maxm_gamma_alpha_beta"]
    weights = {
        part: None if np.all(w == 1) else w
        for part in ("ldam", "focal")
        for w in [data[f"{setting}__{part}_class_weight"]]
    }
    ldam = mean_of(
        lambda **kw: LDAMLoss(
            data["class_counts"], margin, scale, class_weights=weights["ldam"], **kw
        ),
        dtype,
        16,
    )
    focal = mean_of(
        lambda **kw: SparseCategoricalFocalCrossentropy(gamma, weights["focal"], **kw),
        dtype,
        16,
    )
    found = {"ldam": ldam, "focal": focal}
    if setting == "ldam_w_only":  # LMF gives both parts the same weights
        found["lmf"] = lambda y, z: alpha * ldam(y, z) + beta * focal(y, z)
    else:
        named = "margins" if setting == "official" else weights["ldam"]
        found["lmf"] = mean_of(
            lambda **kw: LMFLoss(
                data["class_counts"],
                alpha,
                beta,
                gamma,
                margin,
                scale,
                class_weights=named,
                **kw,
            ),
            dtype,
            16,
        )
    return found


@pytest.mark.parametrize("dtype", TOLERANCE)
@pytest.mark.parametrize("logits", ["logits", "logits_cos"])
@pytest.mark.parametrize("setting", SETTINGS)
def test_agrees_with_the_authors(
    vectors, value_and_grad, mean_of, precision, setting, logits, dtype
):
    data = vectors("lmf")
    prefix = setting + logits.removeprefix("logits")
    z = data[logits].astype(dtype)
    with precision(dtype):
        for part, loss in losses_of(data, setting, mean_of, dtype).items():
            value, gradient = value_and_grad(
                lambda z, loss=loss: loss(data["labels"], z), z
            )
            close(value, data[f"{prefix}__{part}"], dtype)
            close(gradient, data[f"{prefix}__{part}_grad"], dtype)


def test_focal_per_sample_agrees_with_the_authors(vectors):
    data = vectors("lmf")
    loss = SparseCategoricalFocalCrossentropy(
        1.5, data["official__focal_class_weight"], reduction="none"
    )
    close(
        np.asarray(loss(data["labels"], data["logits"].astype("float32"))),
        data["official__focal_per_sample"],
        "float32",
    )


def test_margins_agree_with_the_authors(vectors):
    data = vectors("lmf")
    for setting in SETTINGS:
        _, margin, *_ = data[f"{setting}__hp_s_maxm_gamma_alpha_beta"]
        found = LDAMLoss(data["class_counts"], margin).margins
        np.testing.assert_allclose(found, data[f"{setting}__margins"], rtol=1e-12)


def test_defaults_are_the_sum_of_the_parts_on_the_face_study():
    counts, y = [900, 70, 30], np.array([0, 1, 2, 0])
    z = np.array([[2, 0, 1], [0.5, 1, -1], [3, 0, 0], [0, 1, 0]], "float32")
    margins = 0.5 * (np.array(counts) / 30) ** -0.25

    def log_p(z):
        return (z - np.log(np.exp(z).sum(-1, keepdims=True)))[np.arange(4), y]

    ldam = -log_p(z - margins * np.eye(3)[y])
    focal = -((1 - np.exp(log_p(z))) ** 4) * log_p(z)
    expected = np.mean(2.5 * ldam + 0.05 * focal)
    assert float(LMFLoss(counts)(y, z)) == pytest.approx(expected, rel=1e-6)


def test_from_data_counts_the_labels():
    loss = LMFLoss.from_data(np.array([0, 0, 2, 1, 0]), num_classes=3, gamma=1.0)
    assert loss.get_config()["class_counts"] == [3.0, 1.0, 1.0]
    assert loss.focal.gamma == 1.0
    with pytest.raises(ValueError, match=r"class: count = \{3: 0.0\}"):
        LMFLoss.from_data([0, 1, 2], num_classes=4)


@pytest.mark.parametrize("name", ["alpha", "beta", "gamma"])
@pytest.mark.parametrize("value", [-1.0, float("nan"), "2", None])
def test_bad_numbers(name, value):
    with pytest.raises(ValueError, match=f"`{name}` must be .*Received: {name}="):
        LMFLoss([3, 4], **{name: value})
