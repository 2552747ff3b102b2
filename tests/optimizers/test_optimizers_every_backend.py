"""Every optimizer once, against its authors' numbers: the quick check of a backend."""

import keras
import numpy as np

from kpoc.optimizers import LARS, SING, warmup_cosine

COMPILED = keras.backend.backend() == "jax"


def test_sing(vectors, variable, train):
    file, settings = vectors("sing")
    layouts = {"dense_w": (1, 0), "conv_w": (2, 3, 1, 0), "ln_gamma": (0,)}
    variables = [
        variable(f"{name}/kernel", np.transpose(file[f"init__{name}"], layout))
        for name, layout in layouts.items()
    ]
    gradients = [
        [
            np.transpose(file[f"grads__{n}"][step], layout)
            for n, layout in layouts.items()
        ]
        for step in range(settings["steps"])
    ]
    path = train(SING(0.1, weight_decay=5e-3), variables, gradients, COMPILED)
    for (name, layout), value in zip(layouts.items(), path[-1], strict=True):
        expected = np.transpose(file[f"wd__{name}"][-1], layout)
        np.testing.assert_allclose(value, expected, rtol=1e-5, atol=1e-5)


def test_lars(vectors, variable, train):
    file, settings = vectors("lars_simclr")
    names = ["dense.kernel", "dense.bias", "zero.kernel"]
    variables = [variable(n.replace(".", "/"), file[f"init__{n}"]) for n in names]
    gradients = [
        [file[f"grads__{name}"][step] for name in names]
        for step in range(settings["steps"])
    ]
    path = train(LARS(1.0, weight_decay=0.1), variables, gradients, COMPILED)
    for step, values in enumerate(path):
        for name, value in zip(names, values, strict=True):
            expected = file[f"bigwd__{name}"][step]
            np.testing.assert_allclose(value, expected, rtol=1e-5, atol=1e-6)


def test_warmup_cosine(vectors):
    file, _ = vectors("cosine_warmup_hf")
    schedule = warmup_cosine(1e-3, 200, 10)
    for step in (0, 3, 10, 110, 199, 200):
        expected = file["lr_at_step"][step]
        np.testing.assert_allclose(float(schedule(step)), expected, atol=1e-9)
