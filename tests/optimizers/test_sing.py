import keras
import numpy as np
import pytest

from kpoc.optimizers import SING

# Keras' names and layouts of the tensors that the authors' code was run on.
TENSORS = {
    "dense_w": ("dense/kernel", (1, 0)),
    "dense_b": ("dense/bias", (0,)),
    "conv_w": ("conv/kernel", (2, 3, 1, 0)),
    "conv_b": ("conv/bias", (0,)),
    "ln_gamma": ("ln/gamma", (0,)),
    "pos_emb": ("pos_embed", (0, 1, 2)),
    "scalar": ("scale", ()),
}
CASES = [
    "default",
    "wd",
    "no_softplus_no_la",
    "core",
    "softplus_only",
    "lookahead_only",
    "no_central",
    "no_norm",
    "adamw",
]
FAST = {("default", "float32", True), ("wd", "float64", False)}


def arguments(case):
    """The authors' arguments by our names; their defaults must be ours."""
    renamed = {
        "learning_rate": case["lr"],
        "weight_decay": case.get("weight_decay"),
        "softplus": None if case.get("softplus") is False else 50.0,
        "lookahead_steps": None
        if case.get("lookahead_active") is False
        else case.get("la_mergetime", 5),
        "lookahead_alpha": case.get("la_alpha"),
        "centralize": case.get("grad_central"),
        "normalize": case.get("grad_norm"),
    }
    if "betas" in case:
        renamed["beta_1"], renamed["beta_2"] = case["betas"]
    optional = ("softplus", "lookahead_steps")
    return {k: v for k, v in renamed.items() if v is not None or k in optional}


def golden():
    for case in CASES:
        for dtype in ("float32", "float64"):
            for compiled in (False, True):
                fast = (case, dtype, compiled) in FAST or (
                    dtype == "float32" and not compiled
                )
                marks = [] if fast else pytest.mark.slow
                yield pytest.param(case, dtype, compiled, marks=marks)


@pytest.mark.parametrize("case, dtype, compiled", list(golden()))
def test_gives_the_authors_numbers(
    vectors, precision, variable, train, case, dtype, compiled
):
    file, settings = vectors("sing")

    def keras_layout(name, array):
        return np.transpose(array, TENSORS[name][1])

    with precision(dtype):
        variables = [
            variable(path, keras_layout(name, file[f"init__{name}"]))
            for name, (path, _) in TENSORS.items()
        ]
        gradients = [
            [keras_layout(name, file[f"grads__{name}"][step]) for name in TENSORS]
            for step in range(settings["steps"])
        ]
        optimizer = SING(**arguments(settings["cases"][case]))
        path = train(optimizer, variables, gradients, compiled)
    for row, step in enumerate(file["steps_recorded"]):
        for name, value in zip(TENSORS, path[step - 1], strict=True):
            expected = keras_layout(name, file[f"{case}__{name}"][row])
            rtol = 1e-5 if dtype == "float32" else 1e-9
            np.testing.assert_allclose(
                value, expected, rtol=0, atol=rtol * abs(expected).max()
            )


def test_defaults_are_the_documented_ones():
    config = SING().get_config()
    expected = {
        "learning_rate": 5e-3,
        "weight_decay": 0.0,
        "beta_1": 0.9,
        "beta_2": 0.999,
        "softplus": 50.0,
        "lookahead_steps": 5,
        "lookahead_alpha": 0.5,
        "centralize": True,
        "normalize": True,
    }
    for name, value in expected.items():
        np.testing.assert_allclose(config[name], value, rtol=1e-6)


def by_loop(p, gradients, tensors, lr=0.01, decay=0.1, softplus=50.0, every=2):
    """SING on one variable, tensor after tensor, with the formulas of the docstring.

    Args:
        p: start.
        gradients: gradient of each step.
        tensors: list of lists: for each tensor the masks of its output units.
        lr, decay, softplus, every: settings.
    """
    p, slow = p.copy(), p.copy()
    m, v = np.zeros_like(p), np.zeros_like(p)
    for t, gradient in enumerate(gradients, start=1):
        g = gradient.copy()
        for units in tensors:
            for unit in units:
                g[unit] -= g[unit].mean()
            whole = np.any(units, axis=0)
            g[whole] /= np.sqrt((g[whole] ** 2).sum()) + 1e-8
        p *= 1 - lr * decay
        m = 0.9 * m + 0.1 * g
        v = 0.999 * v + 0.001 * g**2
        d = np.sqrt(v / (1 - 0.999**t))
        d = np.log1p(np.exp(softplus * d)) / softplus
        p -= lr / (1 - 0.9**t) * m / d
        if t % every == 0:
            p = 0.5 * p + 0.5 * slow
            slow = p.copy()
    return p


def units_of(shape, axes):
    """Masks of the parts of an array that extend over the axes."""
    rest = [axis for axis in range(len(shape)) if axis not in axes]
    masks = []
    for position in np.ndindex(*[shape[axis] for axis in rest]):
        mask, index = np.zeros(shape, bool), [slice(None)] * len(shape)
        for axis, place in zip(rest, position, strict=True):
            index[axis] = place
        mask[tuple(index)] = True
        masks.append(mask)
    return masks


@pytest.mark.parametrize(
    "path, shape, axes",
    [
        ("dense/kernel", (4, 3), (0,)),
        ("conv/kernel", (3, 2, 4, 5), (0, 1, 2)),
        ("depthwise_conv2d/kernel", (3, 3, 4, 2), (0, 1)),
        ("separable_conv2d/depthwise_kernel", (3, 3, 4, 1), (0, 1)),
        ("block4a_dwconv2/kernel", (3, 3, 4, 1), (0, 1)),
        ("embedding/embeddings", (6, 4), (1,)),
        ("vit/position_embedding", (1, 5, 4), (1, 2)),
        ("vit/cls_token", (1, 1, 4), (1, 2)),
        ("vit/patch_embedding/kernel", (2, 2, 3, 4), (0, 1, 2)),
        ("multi_head_attention/query/kernel", (4, 2, 3), (0,)),
        ("query/kernel", (1, 1, 4, 3), (0, 1, 2)),
        ("block/key/kernel", (1, 4, 3), (0, 1)),
        ("dense_key/kernel", (4, 3), (0,)),
        ("depthwise_conv1d/kernel", (3, 4, 2), (0,)),
        ("conv_dw_1/kernel", (3, 3, 4, 1), (0, 1)),
        ("adw/kernel", (3, 3, 4, 2), (0, 1, 2)),
        ("multi_head_attention/attention_output/kernel", (2, 3, 4), (0, 1)),
    ],
)
def test_centres_over_an_output_unit_in_keras_layout(
    variable, train, path, shape, axes
):
    rng = np.random.default_rng(1)
    start, gradients = rng.normal(size=shape), rng.normal(1, 1, (5, *shape))
    expected = by_loop(start, gradients, [units_of(shape, axes)])
    optimizer = SING(0.01, weight_decay=0.1, lookahead_steps=2)
    result = train(optimizer, [variable(path, start)], gradients[:, None])[-1][0]
    np.testing.assert_allclose(result, expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(
    "path, shape",
    [
        ("biases/embeddings", (6, 1)),
        ("dense/kernel", (1, 3)),
        ("depthwise_conv2d/kernel", (1, 1, 4, 1)),
    ],
)
def test_units_of_one_number_learn(variable, train, path, shape):
    gradients = np.random.default_rng(2).normal(1, 1, (3, *shape))
    start = np.ones(shape)
    result = train(SING(0.01), [variable(path, start)], gradients[:, None])[-1][0]
    assert (result != start).all()


def test_fused_projections_count_as_three_tensors(variable, train):
    rng = np.random.default_rng(1)
    shape = (4, 6)
    start, gradients = rng.normal(size=shape), rng.normal(1, 1, (4, *shape))
    gradients[..., 2:4] *= 100
    columns = units_of(shape, (0,))
    thirds = [columns[0:2], columns[2:4], columns[4:6]]
    for path, fused, tensors in (
        ("attention/qkv/kernel", None, thirds),
        ("attention/mixed/kernel", {"mixed": 3}, thirds),
        ("attention/mixed/kernel", None, [columns]),
        ("attention/qkv/kernel", {}, [columns]),
    ):
        expected = by_loop(start, gradients, tensors)
        optimizer = SING(0.01, weight_decay=0.1, lookahead_steps=2, fused=fused)
        result = train(optimizer, [variable(path, start)], gradients[:, None])[-1][0]
        np.testing.assert_allclose(result, expected, rtol=1e-5, atol=1e-6)


def test_fused_biases_too(variable, train):
    gradient = np.array([3.0, 4.0, 300.0, 400.0, 0.03, 0.04])
    optimizer = SING(0.1, softplus=None, lookahead_steps=None, beta_1=0.0, beta_2=0.0)
    bias = variable("qkv/bias", np.zeros(6))
    (result,) = train(optimizer, [bias], [[gradient]])[-1]
    np.testing.assert_allclose(result, np.full(6, -0.1), rtol=1e-5)
    # The second moment remembers the norms, so the path shows what was normalised.
    np.testing.assert_allclose(
        keras.ops.convert_to_numpy(optimizer._momentums[0]),
        [0.6, 0.8] * 3,
        rtol=1e-5,
    )


def test_layouts_of_ones_own(variable, train):
    rng = np.random.default_rng(1)
    start, gradients = rng.normal(size=(4, 3)), rng.normal(1, 1, (3, 4, 3))
    expected = by_loop(start, gradients, [units_of((4, 3), (1,))])
    optimizer = SING(
        0.01, weight_decay=0.1, lookahead_steps=2, layouts={"lookup": "embedding"}
    )
    kernel = variable("lookup/kernel", start)
    result = train(optimizer, [kernel], gradients[:, None])[-1][0]
    np.testing.assert_allclose(result, expected, rtol=1e-5, atol=1e-6)


def test_biases_in_two_axes_are_neither_centred_nor_decayed(variable, train):
    start, gradient = np.ones((2, 3)), np.full((2, 3), 2.0)
    optimizer = SING(0.1, weight_decay=0.5, softplus=None, lookahead_steps=None)
    bias = variable("multi_head_attention/query/bias", start)
    result = train(optimizer, [bias], [[gradient]])[-1][0]
    np.testing.assert_allclose(result, np.full((2, 3), 0.9), rtol=1e-5)


def test_scale_of_the_gradients_has_no_effect(variable, train):
    rng = np.random.default_rng(1)
    start, gradients = rng.normal(size=(4, 3)), rng.normal(size=(6, 1, 4, 3))
    results = [
        train(SING(0.01), [variable("a/kernel", start)], factor * gradients)[-1][0]
        for factor in (1.0, 1024.0)
    ]
    np.testing.assert_allclose(*results, rtol=1e-5)


def test_slow_parameters_start_where_training_does(variable, train):
    rng = np.random.default_rng(1)
    start, gradients = rng.normal(size=(4, 3)), rng.normal(size=(4, 4, 3))
    kernel = variable("a/kernel", np.zeros((4, 3)))
    optimizer = SING(0.01, weight_decay=0.1, lookahead_steps=2)
    optimizer.build([kernel])
    kernel.assign(start)  # pre-trained weights, loaded after `build`
    result = train(optimizer, [kernel], gradients[:, None])[-1][0]
    expected = by_loop(start, gradients, [units_of((4, 3), (0,))])
    np.testing.assert_allclose(result, expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(
    "arguments, messages",
    [
        ({"weight_decay": -1.0, "beta_1": 1.0}, ["`weight_decay` must", "`beta_1`"]),
        ({"beta_2": -0.1, "softplus": 0.0}, ["`beta_2` must", "`softplus` must"]),
        ({"lookahead_steps": 0}, ["`lookahead_steps` must be an integer >= 1"]),
        ({"lookahead_alpha": 1.5}, ["`lookahead_alpha` must be in"]),
        ({"epsilon": 0.0}, ["`epsilon` must be > 0"]),
        ({"beta_1": "0.9", "softplus": "x"}, ["`beta_1` must", "`softplus` must"]),
        ({"layouts": ["qkv"]}, ["`layouts` must be a dict of regular expressions"]),
        ({"fused": {"qkv(": 3}}, ["`fused` must map", "no regular expression"]),
        ({"fused": {"qkv": 0}}, ["`fused` must map", "0 is not allowed"]),
        ({"layouts": {"x": "rows"}}, ["`layouts` must map", "'rows' is not allowed"]),
    ],
)
def test_bad_arguments_are_all_named(arguments, messages):
    with pytest.raises(ValueError) as caught:
        SING(**arguments)
    for message in messages:
        assert message in str(caught.value)


def test_fused_variable_that_cannot_be_divided(variable):
    with pytest.raises(ValueError, match=r"`fused` must divide.*shape \(4, 7\)"):
        SING().build([variable("qkv/kernel", np.zeros((4, 7)))])
