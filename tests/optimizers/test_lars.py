import numpy as np
import pytest

from kpoc.optimizers import LARS

CASES = ["simclr", "bigwd", "noexclude", "sep_exclude", "nesterov", "popular", "eeta"]


def arguments(case):
    return {
        "learning_rate": case["learning_rate"],
        "momentum": case["momentum"],
        "weight_decay": case["weight_decay"],
        "trust_coefficient": case.get("eeta", 1e-3),
        "nesterov": case.get("use_nesterov", False),
        "classic_momentum": case.get("classic_momentum", True),
        "weight_decay_exclude": case.get("exclude_from_weight_decay", ()),
        "layer_adaptation_exclude": case.get("exclude_from_layer_adaptation"),
    }


def golden():
    for case in CASES:
        for dtype in ("float32", "float64"):
            for compiled in (False, True):
                fast = not compiled or (case, dtype) == ("simclr", "float32")
                marks = [] if fast else pytest.mark.slow
                yield pytest.param(case, dtype, compiled, marks=marks)


@pytest.mark.parametrize("case, dtype, compiled", list(golden()))
def test_gives_the_authors_numbers(
    vectors, precision, variable, train, case, dtype, compiled
):
    file, settings = vectors("lars_simclr")
    names = [key.removeprefix("init__") for key in file if key.startswith("init__")]
    with precision(dtype):
        variables = [
            variable(name.replace(".", "/"), file[f"init__{name}"]) for name in names
        ]
        gradients = [
            [file[f"grads__{name}"][step] for name in names]
            for step in range(settings["steps"])
        ]
        optimizer = LARS(**arguments(settings["cases"][case]))
        path = train(optimizer, variables, gradients, compiled)
    rtol = 1e-5 if dtype == "float32" else 1e-9
    for step, values in enumerate(path):
        for name, value in zip(names, values, strict=True):
            expected = file[f"{case}__{name}"][step]
            np.testing.assert_allclose(
                value, expected, rtol=0, atol=rtol * abs(expected).max()
            )


def by_loop(p, gradients, parts, lr=0.5, momentum=0.9, decay=0.1, trust=0.02):
    """LARS on parts of one variable, by the formulas of the docstring."""
    p, v = p.copy(), np.zeros_like(p)
    for gradient in gradients:
        for part in parts:
            g = gradient[part] + decay * p[part]
            norms = np.sqrt((p[part] ** 2).sum()), np.sqrt((g**2).sum())
            ratio = trust * norms[0] / norms[1] if all(norms) else 1.0
            v[part] = momentum * v[part] + lr * ratio * g
        p -= v
    return p


SETTINGS = {"learning_rate": 0.5, "weight_decay": 0.1, "trust_coefficient": 0.02}


def test_fused_projections_count_as_three_tensors(variable, train):
    rng = np.random.default_rng(1)
    start, gradients = rng.normal(size=(4, 6)), rng.normal(size=(4, 4, 6))
    start[:, 2:4] *= 50
    thirds = [np.s_[:, i : i + 2] for i in (0, 2, 4)]
    for path, parts in (("qkv/kernel", thirds), ("mixed/kernel", [np.s_[:]])):
        optimizer = LARS(**SETTINGS)
        result = train(optimizer, [variable(path, start)], gradients[:, None])[-1][0]
        expected = by_loop(start, gradients, parts)
        np.testing.assert_allclose(result, expected, rtol=1e-5, atol=1e-5)


def test_by_default_vectors_and_biases_neither_decay_nor_adapt(variable, train):
    shapes = {
        "dense/kernel": (3, 2),
        "norm/gamma": (3,),
        "scale": (),
        "attention/query/bias": (2, 3),
    }
    starts = [np.full(shape, 2.0) for shape in shapes.values()]
    gradients = [np.full(shape, 1.0) for shape in shapes.values()]
    variables = [variable(p, s) for p, s in zip(shapes, starts, strict=True)]
    kernel, *others = train(LARS(**SETTINGS), variables, [gradients])[-1]
    np.testing.assert_allclose(kernel, by_loop(starts[0], gradients[:1], [np.s_[:]]))
    for other in others:
        np.testing.assert_allclose(other, np.full(other.shape, 1.5), rtol=1e-6)


def test_exclusion_by_the_whole_path(variable, train):
    paths = ["trunk/dense/kernel", "head/dense/kernel"]
    gradient, start = np.ones((2, 2)), np.full((2, 2), 2.0)
    optimizer = LARS(
        **SETTINGS, weight_decay_exclude=[r"^head/"], layer_adaptation_exclude=()
    )
    variables = [variable(path, start) for path in paths]
    trunk, head = train(optimizer, variables, [[gradient, gradient]])[-1]
    np.testing.assert_allclose(trunk, by_loop(start, [gradient], [np.s_[:]]), rtol=1e-6)
    expected = by_loop(start, [gradient], [np.s_[:]], decay=0.0)
    np.testing.assert_allclose(head, expected, rtol=1e-6)


@pytest.mark.parametrize(
    "changes, messages",
    [
        ({"momentum": 1.0, "weight_decay": -1}, ["`momentum` must", "`weight_decay`"]),
        ({"trust_coefficient": 0.0}, ["`trust_coefficient` must be > 0"]),
        ({"weight_decay_exclude": "bias"}, ["must be a list of regular expressions"]),
        ({"layer_adaptation_exclude": ["("]}, ["`layer_adaptation_exclude` must map"]),
        ({"layer_adaptation_exclude": 3}, ["must be a list of regular expressions"]),
        ({"momentum": "0.9", "weight_decay": None}, ["'0.9'", "weight_decay=None"]),
        ({"fused": {"qkv": 1.5}}, ["`fused` must map"]),
    ],
)
def test_bad_arguments_are_all_named(changes, messages):
    with pytest.raises(ValueError) as caught:
        LARS(0.1, **changes)
    for message in messages:
        assert message in str(caught.value)
