"""Rates that fall with depth: each variable moves as with an optimizer of its own."""

import keras
import numpy as np
import pytest

from kpoc.optimizers import LARS, SING
from kpoc.optimizers.layer_rates import depth_factors, with_layer_decay

NAMES = ["patches", "block_0", "block_1", "head"]
FACTORS = [0.3**3, 0.3**2, 0.3, 1.0]


def variables():
    rng = np.random.default_rng(0)
    made = []
    for name in NAMES:
        with keras.name_scope(name):
            value = rng.normal(size=(4, 3))
            made.append(keras.Variable(value, name="kernel"))
    return made


def steps(optimizer, chosen):
    rng = np.random.default_rng(1)
    gradients = [rng.normal(size=(3, 4, 3)) for _ in NAMES]
    for step in range(3):
        optimizer.apply([gradients[i][step].astype("float32") for i in chosen])


def make(kind, rate):
    options = {
        keras.optimizers.AdamW: {"weight_decay": 0.1},
        keras.optimizers.SGD: {"momentum": 0.9},
        SING: {"weight_decay": 0.1},
        LARS: {"weight_decay": 0.1},
    }[kind]
    return kind(learning_rate=rate, **options)


@pytest.mark.skipif(keras.backend.backend() == "torch", reason="refused on PyTorch")
@pytest.mark.parametrize(
    "kind", [keras.optimizers.AdamW, keras.optimizers.SGD, SING, LARS]
)
def test_each_variable_moves_as_with_its_own_rate(kind):
    together = variables()
    optimizer = with_layer_decay(make(kind, 0.1), 0.3)
    optimizer.build(together)
    steps(optimizer, range(4))
    for i, factor in enumerate(FACTORS):
        alone = [variables()[i]]
        single = make(kind, 0.1 * factor)
        single.build(alone)
        steps(single, [i])
        np.testing.assert_allclose(
            keras.ops.convert_to_numpy(together[i]),
            keras.ops.convert_to_numpy(alone[0]),
            rtol=2e-6,
            atol=1e-7,
        )


@pytest.mark.skipif(keras.backend.backend() == "torch", reason="refused on PyTorch")
def test_it_reaches_the_optimizer_in_one_that_scales_the_loss():
    found = []
    for wrap in (lambda optimizer: optimizer, keras.optimizers.LossScaleOptimizer):
        optimizer = wrap(keras.optimizers.SGD(0.1))
        scale = getattr(optimizer, "initial_scale", 1.0)
        moved = variables()
        optimizer = with_layer_decay(optimizer, 0.3)
        optimizer.build(moved)
        optimizer.apply([keras.ops.full(v.shape, scale) for v in moved])
        found.append([keras.ops.convert_to_numpy(v) for v in moved])
    for plain, scaled in zip(*found, strict=True):
        np.testing.assert_allclose(scaled, plain, rtol=1e-6)


def test_factors_follow_the_blocks():
    paths = ["vit/class_token", "vit/positions/position_embedding", "vit/block_10/a"]
    assert depth_factors([*paths, "vit/norm/gamma"], 0.9) == pytest.approx(
        [0.9**12, 0.9**12, 0.9, 1.0]
    )


def test_what_cannot_be_is_refused():
    with pytest.raises(ValueError, match=r"`decay` must be in \(0, 1\].*1\.5"):
        with_layer_decay(keras.optimizers.SGD(0.1), 1.5)
    with pytest.raises(ValueError, match=r"block_0.*'dense/kernel'"):
        depth_factors(["dense/kernel"], 0.5)
