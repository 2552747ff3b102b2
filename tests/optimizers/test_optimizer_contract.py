"""What every optimizer of the shelf must do, and what it must leave to Keras."""

import functools

import keras
import numpy as np
import pytest

from kpoc.optimizers import LARS, SING, _registry, warmup_cosine
from kpoc.testing import check_optimizer

CASES = {
    "sing": functools.partial(SING, learning_rate=0.02, weight_decay=0.1),
    "sing_plain": functools.partial(
        SING, learning_rate=0.02, softplus=None, lookahead_steps=None
    ),
    "lars": functools.partial(
        LARS, learning_rate=0.3, weight_decay=0.1, trust_coefficient=0.05
    ),
    "lars_nesterov": functools.partial(
        LARS,
        learning_rate=0.3,
        trust_coefficient=0.05,
        nesterov=True,
        classic_momentum=False,
    ),
}
# XLA takes seconds to compile; TensorFlow has it in test_accumulation_compiled.
JIT = keras.backend.backend() == "jax"
EVERY = pytest.mark.parametrize("make", CASES.values(), ids=CASES)
BOTH = pytest.mark.parametrize(
    "make", [CASES["sing"], CASES["lars"]], ids=["sing", "lars"]
)
SHAPES = {"dense/kernel": (4, 3), "dense/bias": (3,)}


@pytest.fixture
def start(variable):
    """Makes the same variables again and again."""

    def start(dtype=None):
        rng = np.random.default_rng(4)
        return [variable(p, rng.normal(size=s), dtype) for p, s in SHAPES.items()]

    return start


@pytest.fixture
def gradients():
    rng = np.random.default_rng(5)
    return [[rng.normal(size=s) for s in SHAPES.values()] for _ in range(8)]


def close(left, right, rtol=1e-5):
    for a, b in zip(left, right, strict=True):
        np.testing.assert_allclose(a, b, rtol=rtol, atol=rtol)


@pytest.mark.parametrize("name", [*CASES, *sorted({*_registry.names()} - {*CASES})])
def test_an_optimizer_keeps_the_contract(name):
    options = CASES[name].keywords if name in CASES else {}
    check_optimizer(name.split("_")[0] if name in CASES else name, **options)


@BOTH
def test_a_decay_that_is_set_later_counts(start, train, arrays, make):
    optimizer = make()
    optimizer.weight_decay = 0.0
    variables = start()
    train(optimizer, variables, [[np.zeros(v.shape) for v in variables]])
    before = arrays(variables)
    optimizer.weight_decay = 0.5
    train(optimizer, variables, [[np.zeros(v.shape) for v in variables]])
    changed = [
        not np.array_equal(a, b) for a, b in zip(before, arrays(variables), strict=True)
    ]
    assert any(changed)


@EVERY
def test_variable_of_zeros_and_empty_axes_move(variable, train, make):
    zero = variable("dense/kernel", np.zeros((3, 2)))
    gradient = np.arange(6.0).reshape(3, 2)
    value = train(make(), [zero], [[gradient]])[-1][0]
    assert np.isfinite(value).all() and abs(value).max() > 0


@EVERY
def test_accumulation_of_the_same_gradient_is_one_step(start, train, gradients, make):
    expected = train(make(), start(), gradients[:4])[-1]
    repeated = [g for g in gradients[:4] for _ in range(2)]
    optimizer = make(gradient_accumulation_steps=2)
    close(train(optimizer, start(), repeated)[-1], expected)


@BOTH
def test_accumulation_compiled(start, train, gradients, make):
    expected = train(make(), start(), gradients[:4])[-1]
    repeated = [g for g in gradients[:4] for _ in range(2)]
    optimizer = make(gradient_accumulation_steps=2)
    close(train(optimizer, start(), repeated, compiled=True)[-1], expected)


@EVERY
def test_averages_follow_the_parameters(start, train, gradients, arrays, make):
    path = train(make(), start(), gradients)
    optimizer, variables = make(use_ema=True, ema_momentum=0.8), start()
    train(optimizer, variables, gradients)
    average = path[0]
    for values in path[1:]:
        average = [0.8 * a + 0.2 * v for a, v in zip(average, values, strict=True)]
    close(arrays(variables), path[-1])
    optimizer.finalize_variable_values(variables)
    close(arrays(variables), average)


@EVERY
def test_loss_scaling_is_undone(start, train, gradients, make):
    expected = train(make(), start(), gradients)[-1]
    scaled = [[128.0 * g for g in grads] for grads in gradients]
    result = train(make(loss_scale_factor=128.0), start(), scaled)[-1]
    close(result, expected, rtol=1e-6)


@EVERY
def test_clipping_is_that_of_keras(start, train, gradients, make):
    clipped = [[np.clip(g, -0.3, 0.3) for g in grads] for grads in gradients]
    expected = train(make(), start(), clipped)[-1]
    close(train(make(clipvalue=0.3), start(), gradients)[-1], expected)


@BOTH
def test_exclude_from_weight_decay_of_keras_counts(start, train, gradients, make):
    optimizer, reference = make(), make(weight_decay=0.0)
    optimizer.exclude_from_weight_decay(var_names=["kernel"])
    close(
        train(optimizer, start(), gradients)[-1],
        train(reference, start(), gradients)[-1],
        rtol=0,
    )


@BOTH
def test_schedule_is_asked_at_every_step(start, train, gradients, make):
    schedule = warmup_cosine(0.1, total_steps=8, warmup_steps=2)
    scheduled = train(make(learning_rate=schedule), start(), gradients)[-1]
    variables, optimizer = start(), make(learning_rate=0.1)
    for step, grads in enumerate(gradients):
        optimizer.learning_rate = float(schedule(step))
        result = train(optimizer, variables, [grads])[-1]
    close(scheduled, result, rtol=1e-6)


@BOTH
def test_gradients_of_embeddings(make):
    keras.utils.set_random_seed(0)
    model = keras.Sequential(
        [keras.Input((2,)), keras.layers.Embedding(5, 3), keras.layers.Flatten()]
    )
    model.compile(make(), "mse", jit_compile=False)
    (table,) = model.trainable_variables
    before = keras.ops.convert_to_numpy(table).copy()
    x, y = np.array([[0, 1], [1, 3]]), np.zeros((2, 6))
    model.fit(x, y, epochs=1, verbose=0)
    gradient = np.zeros((5, 3))
    np.add.at(gradient, x.ravel(), 2 * before[x.ravel()] / y.size)
    reference = keras.Variable(before, name="embeddings")
    make().apply([keras.ops.convert_to_tensor(gradient, "float32")], [reference])
    close([keras.ops.convert_to_numpy(table)], [keras.ops.convert_to_numpy(reference)])


def network():
    keras.utils.set_random_seed(7)
    model = keras.Sequential(
        [
            keras.Input((6,)),
            keras.layers.Dense(8, activation="relu"),
            keras.layers.LayerNormalization(),
            keras.layers.Dense(1),
        ]
    )
    rng = np.random.default_rng(0)
    x = rng.normal(size=(32, 6)).astype("float32")
    return model, x, x[:, :1] - 2.0 * x[:, 1:2]


@pytest.mark.parametrize(
    "make",
    [pytest.param(CASES["sing"], marks=pytest.mark.slow), CASES["lars"]],
    ids=["sing", "lars"],
)  # for SING, tests/losses does it in a fresh process
def test_saved_mid_run_goes_on_as_if_never_saved(tmp_path, make, arrays):
    def fit(model, x, y, epochs):
        model.fit(x, y, batch_size=8, epochs=epochs, shuffle=False, verbose=0)

    model, x, y = network()
    # Keras' trainer on JAX can't `fit` a model twice with averages, whatever optimizer.
    averages = keras.backend.backend() != "jax"
    optimizer = make(gradient_accumulation_steps=2, use_ema=averages)
    model.compile(optimizer, "mse", jit_compile=JIT)
    fit(model, x, y, 3)  # 12 batches, 6 steps: one past a look-ahead
    model.save(tmp_path / "model.keras")
    fit(model, x, y, 2)
    again = keras.saving.load_model(tmp_path / "model.keras")
    fit(again, x, y, 2)
    close(arrays(again.variables), arrays(model.variables), rtol=1e-6)
    close(arrays(again.optimizer.variables), arrays(model.optimizer.variables), 1e-6)


@BOTH
def test_learns(make):
    model, x, y = network()
    schedule = warmup_cosine(0.1, total_steps=80)
    model.compile(make(learning_rate=schedule), "mse", jit_compile=JIT)
    before = model.evaluate(x, y, verbose=0)
    model.fit(x, y, batch_size=8, epochs=20, verbose=0)
    assert model.evaluate(x, y, verbose=0) < 0.3 * before


@pytest.mark.slow
@BOTH
@pytest.mark.parametrize("policy", ["mixed_float16", "mixed_bfloat16"])
def test_mixed_precision(make, policy, arrays):
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(policy)
    try:
        model, x, y = network()
        optimizer = make(learning_rate=warmup_cosine(0.1, total_steps=80))
        model.compile(optimizer, "mse", auto_scale_loss=True, jit_compile=JIT)
        start = model.evaluate(x, y, verbose=0)
        model.fit(x, y, batch_size=8, epochs=20, verbose=0)
        assert model.evaluate(x, y, verbose=0) < 0.3 * start
    finally:
        keras.config.set_dtype_policy(before)
    assert all(np.isfinite(v).all() for v in arrays(model.variables))
    assert isinstance(model.optimizer, keras.optimizers.LossScaleOptimizer) == (
        policy == "mixed_float16"
    )
