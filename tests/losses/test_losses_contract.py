"""What every loss of the room promises, one case a loss (see conftest)."""

import doctest
import importlib
import inspect
import json
import pkgutil

import keras
import numpy as np
import pytest

from kpoc import losses
from kpoc.losses import _registry
from kpoc.recipe import loss_names
from kpoc.testing import check_loss

K = 4


def test_config_round_trip_is_plain_json(case):
    loss = case.make(reduction="sum", dtype="float32", name="mine")
    config = loss.get_config()
    assert json.loads(json.dumps(config)) == config
    keywords = list(inspect.signature(type(loss).__init__).parameters)[1:]
    assert sorted(config) == sorted(keywords)
    restored = keras.saving.deserialize_keras_object(
        json.loads(json.dumps(keras.saving.serialize_keras_object(loss)))
    )
    assert type(restored) is type(loss) and restored.get_config() == config
    expected = float(loss(case.y_true, case.y_pred))
    assert float(restored(case.y_true, case.y_pred)) == expected


CROPS = np.random.default_rng(0).dirichlet(np.ones(K), (2, 6)).astype("float32")
VIEWS = {"nt_xent": (CROPS[0], CROPS[1]), "dino": (CROPS, CROPS[:, ::-1])}


@pytest.mark.parametrize("name", _registry.names())
def test_a_registered_loss_keeps_the_contract(name):
    check_loss(name, batch=VIEWS.get(name))
    cls = losses.get(name)
    assert keras.saving.get_registered_name(cls) == f"kpoc>{cls.__name__}"
    assert tuple(_registry.kinds_of(name)) == tuple(
        kind for kind in _registry.KINDS if name in _of_kpoc_for(kind)
    )


def _of_kpoc_for(kind):
    """What a process without Keras knows."""
    return [name for name, kinds in loss_names._of_kpoc().items() if kind in kinds]


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "mixed_bfloat16"])
def test_half_precision_is_raised_to_float32(case, dtype):
    loss = case.make(dtype=dtype)
    assert loss.dtype == "float32" and loss.get_config()["dtype"] == dtype
    found = float(loss(case.y_true, case.y_pred))
    assert found == float(case.make()(case.y_true, case.y_pred))


def test_reductions(case):
    rows = keras.ops.convert_to_numpy(
        case.make(reduction="none")(case.y_true, case.y_pred)
    )
    assert rows.ndim == 1 and np.all(np.isfinite(rows))
    for reduction, expected in [
        ("sum_over_batch_size", rows.mean()),
        ("mean", rows.mean()),
        ("mean_with_sample_weight", rows.mean()),
        ("sum", rows.sum()),
    ]:
        found = case.make(reduction=reduction)(case.y_true, case.y_pred)
        assert float(found) == pytest.approx(expected, rel=1e-5)


def test_zero_sample_weight_removes_the_row(case):
    loss = case.make(reduction="mean_with_sample_weight")
    values = keras.ops.convert_to_numpy(
        case.make(reduction=None)(case.y_true, case.y_pred)
    )
    rows = len(values)
    weight = np.ones(rows, "float32")
    weight[1] = 0.0
    found = float(loss(case.y_true, case.y_pred, weight))
    if case.y_true.ndim == 3 or type(loss) is losses.NTXentLoss:
        # Crops lie on the first axis; other pairs stay negatives of a removed one.
        expected = np.delete(values, 1).mean()
    else:
        kept = np.delete(np.arange(rows), 1)
        expected = float(loss(case.y_true[kept], case.y_pred[kept]))
    assert found == pytest.approx(expected, rel=1e-5)


def test_labels_may_come_in_any_form(label_case):
    loss, y, z = label_case.make(), label_case.y_true, label_case.y_pred
    expected = float(loss(y, z))
    for form in (
        y[:, None],
        y.astype("float32"),
        y.tolist(),
        np.eye(K)[y],
        keras.ops.convert_to_tensor(y),
    ):
        assert float(loss(form, z)) == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("cls", ["focal", "ldam", "lmf"])
def test_one_logit_means_two_classes(cls):
    cls = losses.get(cls)
    loss = cls() if cls is losses.SparseCategoricalFocalCrossentropy else cls([9, 1])
    y, z = np.array([0, 1, 1]), np.array([[0.3], [2.0], [-1.5]], "float32")
    expected = float(loss(y, np.hstack([np.zeros_like(z), z])))
    for labels in (y, y[:, None], np.eye(2)[y]):
        assert float(loss(labels, z)) == pytest.approx(expected, rel=1e-6)


def test_labels_of_a_batch_of_one(label_case):
    found = label_case.make()(label_case.y_true[:1], label_case.y_pred[:1])
    assert np.isfinite(float(found))


@pytest.mark.parametrize(
    ("labels", "found"),
    [([0, 1, 2, 4, 0, 1], "4"), ([0, -1, 2, 1, 0, 1], "-1"), ([0.5] * 6, "0.5")],
)
def test_labels_out_of_range(label_case, labels, found, in_graph):
    loss = label_case.make()
    for given in (np.array(labels), keras.ops.convert_to_tensor(labels)):
        with pytest.raises(ValueError, match=f"integer labels from 0 to 3.*{found}"):
            loss(given, label_case.y_pred)
    assert np.isnan(in_graph(loss, np.array(labels), label_case.y_pred))


SOFT = np.array([[0.7, 0.1, 0.1, 0.1], [0.0, 0.0, 0.4, 0.6]] * 3, "float32")


def test_soft_labels_are_shares_of_the_losses_of_the_classes(label_case, in_graph):
    loss, z = label_case.make(), label_case.y_pred
    if not isinstance(loss, losses.SparseCategoricalFocalCrossentropy):
        for given in (SOFT, keras.ops.convert_to_tensor(SOFT)):
            with pytest.raises(ValueError, match="must be one-hot.*Received: .0.699"):
                loss(given, z)
        assert np.isnan(in_graph(loss, SOFT, z))
        return
    of_classes = [
        float(loss(np.full(6, k), z[[row] * 6])) for row in range(6) for k in range(K)
    ]
    expected = np.mean(np.sum(SOFT * np.reshape(of_classes, (6, K)), axis=1))
    assert float(loss(SOFT, z)) == pytest.approx(expected, rel=1e-5)
    assert in_graph(loss, SOFT, z) == pytest.approx(expected, rel=1e-5)
    for wrong in (SOFT * 0.9, SOFT - [[0.2, -0.2, 0.0, 0.0]]):
        with pytest.raises(ValueError, match="hold shares of the classes that sum to"):
            loss(wrong, z)
        assert np.isnan(in_graph(loss, wrong, z))


def test_shapes_that_do_not_match(label_case):
    loss, y, z = label_case.make(), label_case.y_true, label_case.y_pred
    for bad in (y[:5], np.zeros((6, 3)), np.zeros((6, 1, 1))):
        with pytest.raises(ValueError, match="`y_true` must have the shape .*Received"):
            loss(bad, z)
    with pytest.raises(ValueError, match="`y_pred` must have the shape"):
        loss(y, z[:, 0])


def test_get_finds_short_names_and_keras():
    assert losses.get("lmf") is losses.LMFLoss
    assert losses.get("mae") is keras.losses.MeanAbsoluteError
    assert losses.get("huber") is keras.losses.Huber
    assert losses.get("kl_divergence") is keras.losses.KLDivergence
    for name in ("binary_crossentropy", "sparse_categorical_crossentropy"):
        assert losses.get(name)().get_config()["from_logits"] is True
        assert losses.get(name)(from_logits=False).get_config()["from_logits"] is False
    logits = np.array([[2.0], [-1.0]], "float32")
    found = losses.get("binary_crossentropy")()(np.array([[1.0], [1.0]]), logits)
    assert float(found) == pytest.approx(np.mean(np.log1p(np.exp(-logits))), rel=1e-5)


def test_get_lists_near_names():
    with pytest.raises(ValueError, match="Did you mean `focal`.* Received: 'focel'"):
        losses.get("focel")
    with pytest.raises(ValueError, match="binary_crossentropy"):
        losses.get("binary_cross_entropy")
    with pytest.raises(ValueError, match="'ldam'.* Received: 3"):
        losses.get(3)


def modules():
    return [
        importlib.import_module(f"kpoc.losses.{module.name}")
        for module in pkgutil.iter_modules(losses.__path__)
    ]


def test_examples_run():
    for module in modules():
        failed = doctest.testmod(module).failed
        assert failed == 0, module.__name__


@pytest.mark.parametrize("name", losses.__all__)
def test_every_name_has_a_docstring_with_an_example(name):
    doc = inspect.getdoc(getattr(losses, name))
    assert ">>>" in doc and "Example:" in doc
    assert "Args:" in doc and "Raises:" in doc
