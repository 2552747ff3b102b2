import json

import keras
import numpy as np
import pytest

from kpoc.optimizers import warmup_cosine


@pytest.mark.parametrize("warmup, key", [(10, "lr_at_step"), (0, "lr_at_step_nowarm")])
def test_gives_hugging_faces_numbers(vectors, warmup, key):
    file, _ = vectors("cosine_warmup_hf")
    total, _, rate, _ = file["params_N_warm_lr_cycles"]
    schedule = warmup_cosine(rate, int(total), warmup)
    rates = [float(schedule(step)) for step in range(int(total) + 1)]
    np.testing.assert_allclose(rates, file[key][: int(total) + 1], atol=1e-6 * rate)


def test_stays_at_its_end():
    schedule = warmup_cosine(2.0, 20, 4, final_fraction=0.1)
    rates = [float(schedule(step)) for step in (20, 21, 27, 1000)]
    np.testing.assert_allclose(rates, 0.2, rtol=1e-6)


def test_is_kerass_own_and_json():
    schedule = warmup_cosine(1e-3, 100, 10)
    config = keras.optimizers.schedules.serialize(schedule)
    again = keras.optimizers.schedules.deserialize(json.loads(json.dumps(config)))
    assert type(again) is keras.optimizers.schedules.CosineDecay
    assert float(again(5)) == float(schedule(5)) == pytest.approx(5e-4)


@pytest.mark.parametrize(
    "arguments, message",
    [
        ((1.0, 10, 10), "`warmup_steps` must be at least 0 and less than"),
        ((1.0, 10, -1), "`warmup_steps` must be"),
        ((1.0, 10, None), "`warmup_steps` must be .*warmup_steps=None"),
        ((1.0, None), "`total_steps` must be > 0. Received: total_steps=None"),
        ((-0.1, 10), "`learning_rate` must be at least 0"),
        ((1.0, 10, 0, 1.5), "`final_fraction` must be in"),
    ],
)
def test_bad_arguments(arguments, message):
    with pytest.raises(ValueError, match=message):
        warmup_cosine(*arguments)
