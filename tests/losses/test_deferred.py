import keras
import numpy as np
import pytest

from kpoc.losses import DeferredReweighting, LDAMLoss, LMFLoss, NTXentLoss

X = np.random.default_rng(0).normal(0, 1, (8, 2)).astype("float32")
Y = np.array([0, 0, 0, 0, 0, 1, 1, 2])
COUNTS = [50, 20, 10]


def compiled(loss):
    model = keras.Sequential([keras.layers.Dense(3, kernel_initializer="ones")])
    model.compile(optimizer=keras.optimizers.Adam(0.1), loss=loss)
    return model


def weights_after(epochs, initial_epoch=0, model=None, loss=None):
    loss = loss or LDAMLoss(COUNTS)
    model = model or compiled(loss)
    drw = DeferredReweighting(loss, "balanced", start_epoch=2)
    model.fit(
        X,
        Y,
        batch_size=4,
        shuffle=False,
        epochs=epochs,
        initial_epoch=initial_epoch,
        verbose=0,
        callbacks=[drw],
    )
    return model, loss


def test_optimizer_goes_on_and_a_resumed_fit_is_the_same():
    straight, loss = weights_after(4)
    assert loss.class_weights == "balanced"
    assert int(straight.optimizer.iterations) == 8
    parts, loss = weights_after(3)
    parts, loss = weights_after(4, initial_epoch=3, model=parts, loss=loss)
    for a, b in zip(straight.get_weights(), parts.get_weights(), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-6)


def test_an_early_epoch_takes_the_weights_away():
    loss = LDAMLoss(COUNTS, class_weights="balanced")
    _, loss = weights_after(1, loss=loss)
    assert loss.class_weights is None


def test_lmf_hands_the_weights_to_both_parts():
    loss = LMFLoss(COUNTS)
    drw = DeferredReweighting(loss, [1.0, 2.0, 3.0], 1, before="margins")
    drw.set_model(compiled(loss))
    drw.on_epoch_begin(0)
    np.testing.assert_array_equal(loss.focal.class_weights, loss.ldam.margins)
    drw.on_epoch_begin(1)
    assert loss.focal.class_weights == loss.ldam.class_weights == [1.0, 2.0, 3.0]


def test_bad_arguments():
    for loss in (NTXentLoss(), keras.losses.MeanSquaredError(), "ldam"):
        with pytest.raises(ValueError, match="`loss` must be a loss object of kpoc"):
            DeferredReweighting(loss, "balanced", 1)
    loss = LDAMLoss(COUNTS)
    with pytest.raises(ValueError, match="`start_epoch` must be an integer >= 0"):
        DeferredReweighting(loss, "balanced", -1)
    with pytest.raises(ValueError, match="`class_weights` must have 3 entries"):
        DeferredReweighting(loss, [1.0, 2.0], 1)
