import keras
import numpy as np
import pytest

from kpoc.losses import DenseWeight, SampleWeights

Y = {
    "age": np.array([20.0, 22.0, 21.0, 60.0]),
    "kind": np.array([[0], [2], [1], [0]]),
    "other": np.array([1, 1, 0, 0]),
}
DENSE = DenseWeight(0.5).fit(Y["age"])
WEIGH = SampleWeights({"age": DENSE, "kind": [1.0, 2.0, 4.0], "other": None})


def test_arrays():
    found = WEIGH(Y)
    np.testing.assert_allclose(found["age"], DENSE(Y["age"]), rtol=1e-6)
    assert found["kind"].tolist() == [1.0, 4.0, 2.0, 1.0]
    assert found["other"].tolist() == [1.0] * 4
    assert {w.dtype for w in found.values()} == {np.dtype("float32")}


def test_tensors_get_the_weights_of_arrays():
    tensors = {name: keras.ops.convert_to_tensor(y) for name, y in Y.items()}
    for name, found in WEIGH(tensors).items():
        np.testing.assert_allclose(
            keras.ops.convert_to_numpy(found), WEIGH(Y)[name], rtol=1e-5
        )


@pytest.mark.parametrize("batched", [True, False])
def test_tf_data(batched):
    tf = pytest.importorskip("tensorflow")
    dataset = tf.data.Dataset.from_tensor_slices((np.zeros((4, 1)), Y))
    dataset = dataset.batch(4) if batched else dataset
    if keras.backend.backend() != "tensorflow":
        with pytest.raises(ValueError, match="need Keras' TensorFlow backend"):
            dataset.map(lambda x, y: (x, y, WEIGH(y)))
        return
    dataset = dataset.map(lambda x, y: (x, y, WEIGH(y)))
    dataset = dataset if batched else dataset.batch(4)
    _, _, found = next(iter(dataset))
    for name, expected in WEIGH(Y).items():
        np.testing.assert_allclose(np.ravel(found[name].numpy()), expected, rtol=1e-5)


def test_fit_takes_the_dict_and_divides_by_the_weights():
    inputs = keras.Input((2,))
    model = keras.Model(
        inputs,
        {
            "age": keras.layers.Dense(1, name="age")(inputs),
            "kind": keras.layers.Dense(3, name="kind")(inputs),
        },
    )
    mean = "mean_with_sample_weight"
    model.compile(
        optimizer=keras.optimizers.SGD(0.0),
        loss={
            "age": keras.losses.MeanAbsoluteError(reduction=mean),
            "kind": keras.losses.SparseCategoricalCrossentropy(True, reduction=mean),
        },
    )
    x = np.random.default_rng(0).normal(0, 1, (4, 2)).astype("float32")
    y = {name: Y[name] for name in ("age", "kind")}
    weights = SampleWeights({"age": DENSE, "kind": [1.0, 2.0, 4.0]})(y)
    history = model.fit(x, y, sample_weight=weights, batch_size=4, verbose=0).history
    z = {name: keras.ops.convert_to_numpy(v) for name, v in model(x).items()}
    age = np.average(np.abs(z["age"][:, 0] - y["age"]), weights=weights["age"])
    log_p = z["kind"] - np.log(np.exp(z["kind"]).sum(-1, keepdims=True))
    ce = -np.take_along_axis(log_p, y["kind"], axis=1)[:, 0]
    kind = np.average(ce, weights=weights["kind"])
    assert history["loss"][0] == pytest.approx(age + kind, rel=1e-5)


def test_what_is_no_label_is_nan_in_a_graph():
    labels = keras.ops.convert_to_tensor([0.0, float("nan"), 5.0, -1.0, 1.5, 0.5])
    found = SampleWeights({"kind": [1.0, 2.0, 3.0]})({"kind": labels})["kind"]
    nan = float("nan")
    expected = [1.0, nan, nan, nan, nan, nan]
    np.testing.assert_array_equal(keras.ops.convert_to_numpy(found), expected)


def test_bad_input():
    with pytest.raises(ValueError, match="`weights` must be a dict by output name"):
        SampleWeights([1.0, 2.0])
    with pytest.raises(ValueError, match="`class_weights` must be a list of finite"):
        SampleWeights({"kind": [1.0, -2.0]})
    with pytest.raises(ValueError, match=r"among \['kind'\]. Received: \['age'\]"):
        SampleWeights({"age": DENSE})({"kind": Y["kind"]})
    with pytest.raises(ValueError, match="`targets` must be a dict by output name"):
        SampleWeights({"kind": [1.0, 2.0]})(Y["kind"])
    for bad in ([0, 3], [0, -1], [0.5]):
        with pytest.raises(ValueError, match=r"`targets\['kind'\]` must hold labels"):
            SampleWeights({"kind": [1.0, 2.0, 4.0]})({"kind": np.array(bad)})
    for bad in (np.eye(2)[[0, 1, 1]], np.array(["a", "b"])):
        with pytest.raises(ValueError, match="must hold one integer label a row"):
            SampleWeights({"kind": [1.0, 2.0]})({"kind": bad})
    with pytest.raises(ValueError, match="must hold one integer label a row"):
        SampleWeights({"kind": [1.0, 2.0]})({"kind": keras.ops.eye(2)})
    with pytest.raises(ValueError, match="`y` must not be NaN"):
        SampleWeights({"age": DENSE})({"age": np.array([np.nan])})
