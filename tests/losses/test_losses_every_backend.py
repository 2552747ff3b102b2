"""Each unit once: what the fast tier runs on every backend (see tests/backends)."""

import keras
import numpy as np
import pytest

from kpoc import losses

TOLERANCE = {"float32": 1e-5, "float64": 1e-9}


def _focal(vectors):
    data = vectors("ldam_drw")
    return (
        lambda **kw: losses.SparseCategoricalFocalCrossentropy(2.0, **kw),
        data["labels"],
        data["logits"],
        data["focal_g2__loss"],
        data["focal_g2__loss_grad"],
    )


def _focal_inside(vectors):
    data = vectors("ldam_drw")
    return (
        lambda **kw: losses.SparseCategoricalFocalCrossentropy(
            1.0, data["focal_g1w__class_weight"], weighted_probability=True, **kw
        ),
        data["labels"],
        data["logits"],
        data["focal_g1w__loss"],
        data["focal_g1w__loss_grad"],
    )


def _ldam(vectors):
    data = vectors("ldam_drw")
    return (
        lambda **kw: losses.LDAMLoss(
            data["class_counts"], scale=30.0, class_weights="effective_number", **kw
        ),
        data["labels"],
        data["logits_cos"],
        data["ldam_drw_cos__loss"],
        data["ldam_drw_cos__loss_grad"],
    )


def _lmf(vectors):
    data = vectors("lmf")
    return (
        lambda **kw: losses.LMFLoss(
            data["class_counts"], 1.5, 1.0, 1.5, 0.5, 30.0, "margins", **kw
        ),
        data["labels"],
        data["logits"],
        data["official__lmf"],
        data["official__lmf_grad"],
    )


def _dense(vectors):
    data = vectors("denseweight_bimodal")
    weight = losses.DenseWeight(1.0, "reference").fit(data["y"])
    return (
        lambda **kw: losses.DenseLoss(weight, "mse", **kw),
        data["y"],
        data["pred"],
        data["denseloss_mse__a1p0"],
        data["denseloss_mse_dpred__a1p0"],
    )


def _nt_xent(vectors):
    data = vectors("ntxent_simclr")
    return (
        lambda **kw: losses.NTXentLoss(0.5, **kw),
        data["hidden"][:6],
        data["hidden"][6:],
        data["norm1_T0p5__loss_paper_mean_over_2N"],
        data["norm1_T0p5__grad"][6:] / 2,
    )


def _dino(vectors):
    data = vectors("dino_loss")
    z = data["teacher_out"][0] / 0.04
    teacher = np.exp(z - z.max(-1, keepdims=True))
    return (
        lambda **kw: losses.DINOLoss(**kw),
        teacher / teacher.sum(-1, keepdims=True),
        data["student_out"][0],
        data["default__loss"][0],
        data["default__dloss_dstudent"][0],
    )


UNITS = [_focal, _focal_inside, _ldam, _lmf, _dense, _nt_xent, _dino]


@pytest.mark.parametrize("dtype", TOLERANCE)
@pytest.mark.parametrize("unit", UNITS)
def test_agrees_with_the_authors(
    vectors, value_and_grad, mean_of, precision, unit, dtype
):
    make, y_true, y_pred, expected, gradient = unit(vectors)
    rows = 4 if unit is _dino else len(y_pred)
    with precision(dtype):
        loss = mean_of(make, dtype, rows)
        found, found_gradient = value_and_grad(
            lambda z: loss(y_true, z), y_pred.astype(dtype)
        )
    tolerance = TOLERANCE[dtype]
    assert found == pytest.approx(float(expected), rel=tolerance)
    np.testing.assert_allclose(
        found_gradient,
        gradient,
        rtol=tolerance,
        atol=tolerance * np.abs(gradient).max(),
    )


def extreme(case, dtype):
    """The case with predictions of +-50 in half precision."""
    z = np.where(case.y_pred > np.median(case.y_pred), 50.0, -50.0)
    return keras.ops.cast(keras.ops.convert_to_tensor(z, dtype="float32"), dtype)


def test_extreme_half_precision_logits_are_finite(case, value_and_grad):
    dtype = "float16" if case.labels else "bfloat16"
    loss = case.make()
    value, gradient = value_and_grad(
        lambda z: loss(case.y_true, z), extreme(case, dtype)
    )
    assert np.isfinite(value) and np.all(np.isfinite(gradient))


@pytest.mark.skipif(
    keras.backend.backend() != "tensorflow", reason="names are scopes there alone"
)
def test_a_loss_is_traced_outside_of_any_model(case, value_and_grad):
    loss = case.make()
    values = [
        value_and_grad(lambda z: loss(case.y_true, z), case.y_pred, mode)[0]
        for mode in ("eager", "traced")
    ]
    assert values[0] == pytest.approx(values[1], rel=1e-5)


@pytest.mark.slow
@pytest.mark.parametrize("mode", ["eager", "traced", "jit"])
@pytest.mark.parametrize("dtype", ["float32", "float16", "bfloat16"])
def test_full_matrix(case, value_and_grad, mode, dtype):
    loss = case.make()
    # The same half-precision numbers, so that only the arithmetic differs.
    z = keras.ops.cast(keras.ops.convert_to_tensor(case.y_pred), dtype)
    value, gradient = value_and_grad(lambda z: loss(case.y_true, z), z, mode)
    expected, expected_gradient = value_and_grad(
        lambda z: loss(case.y_true, z), keras.ops.cast(z, "float32"), "eager"
    )
    tolerance = {"float32": 1e-5, "float16": 2e-3, "bfloat16": 2e-2}[dtype]
    assert value == pytest.approx(expected, rel=1e-5)
    np.testing.assert_allclose(
        gradient,
        expected_gradient,
        rtol=tolerance,
        atol=tolerance * np.abs(expected_gradient).max(),
    )
    value, gradient = value_and_grad(
        lambda z: loss(case.y_true, z), extreme(case, dtype), mode
    )
    assert np.isfinite(value) and np.all(np.isfinite(gradient))


@pytest.mark.slow
@pytest.mark.parametrize("policy", ["float32", "mixed_float16", "mixed_bfloat16"])
@pytest.mark.parametrize("jit_compile", [False, True])
def test_training_under_a_policy(label_case, policy, jit_compile):
    model = keras.Sequential(
        [keras.layers.Dense(4, dtype=policy, kernel_initializer="ones")]
    )
    model.compile(
        optimizer=keras.optimizers.SGD(1e-3),
        loss=label_case.make(),
        jit_compile=jit_compile,
        auto_scale_loss=True,
    )
    x = np.where(label_case.y_pred > 0, 12.5, -12.5)
    history = model.fit(x, label_case.y_true, batch_size=6, epochs=3, verbose=0)
    assert np.all(np.isfinite(history.history["loss"]))
    assert all(np.all(np.isfinite(w)) for w in model.get_weights())


def test_deferred_weights_are_traced_into_the_step():
    counts, y = [80, 15, 5], np.array([0, 1, 2, 0])
    x = np.random.default_rng(0).normal(0, 1, (4, 2)).astype("float32")
    loss = losses.LDAMLoss(counts)
    kernel = keras.initializers.Constant(np.array([[1.0, -1.0, 0.5], [-0.5, 1.0, 2.0]]))
    model = keras.Sequential([keras.layers.Dense(3, kernel_initializer=kernel)])
    model.compile(optimizer=keras.optimizers.SGD(0.0), loss=loss)
    drw = losses.DeferredReweighting(loss, "effective_number", start_epoch=2)
    history = model.fit(
        x, y, validation_data=(x, y), epochs=3, verbose=0, callbacks=[drw]
    ).history
    z = keras.ops.convert_to_numpy(model(x))
    plain = float(losses.LDAMLoss(counts)(y, z))
    weighted = float(losses.LDAMLoss(counts, class_weights="effective_number")(y, z))
    assert abs(weighted - plain) > 0.01
    for name in ("loss", "val_loss"):
        assert history[name] == pytest.approx([plain, plain, weighted], rel=1e-5)


def test_class_weights_look_up_tensors():
    weigh = losses.SampleWeights({"kind": [1.0, 3.0, 0.5]})
    y = keras.ops.convert_to_tensor(np.array([2, 0, 1, 7]))
    found = keras.ops.convert_to_numpy(weigh({"kind": y})["kind"])
    np.testing.assert_array_equal(found, [0.5, 1.0, 3.0, np.nan])
