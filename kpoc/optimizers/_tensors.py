"""What an optimizer that works per tensor must know about each variable.

PyTorch stores one output unit a row, one tensor a projection. A Keras variable of the
same meaning can have its output axes elsewhere or hold several projections; the rules
here say so by the variable's path.
"""

import math
import numbers
import re
from collections.abc import Mapping

from keras import ops

LAYOUTS = {
    "kernel": lambda rank: tuple(range(rank - 1)),
    "depthwise": lambda rank: tuple(range(max(rank - 2, 1))),
    "projection": lambda rank: (0,),
    "embedding": lambda rank: tuple(range(1, rank)),
    "vector": lambda rank: (),
}

DEFAULT_LAYOUTS = {
    r"bias$": "vector",
    r"depthwise|dwconv|(^|[/_])dw([/_\d]|$)": "depthwise",
    r"(embeddings?|_token|pos_embed)$": "embedding",
}

# Keras' attention stores (features, heads, units); convolutions may have these names
_ATTENTION = re.compile(r"(^|/)(query|key|value)/kernel$")

DEFAULT_FUSED = {r"(^|[/_])qkv([/_]|$)": 3}


def path_of(variable):
    """The path by which rules find a variable; the name of a native variable."""
    return getattr(variable, "path", variable.name)


def layout_axes(variable, layouts):
    """The axes over which one output unit of a variable extends.

    Args:
        variable: a variable.
        layouts: dict of regular expression on the path to a name in LAYOUTS; the first
            that is found counts, then DEFAULT_LAYOUTS, then "kernel".

    Returns:
        A tuple of axes; empty for what is not centred: scalars, vectors and biases
        (which Keras' attention stores in two axes).
    """
    rank, path = len(variable.shape), path_of(variable)
    if rank < 2:
        return ()
    for rules in (layouts, DEFAULT_LAYOUTS):
        for pattern, layout in rules.items():
            if re.search(pattern, path):
                return LAYOUTS[layout](rank)
    if rank == 3 and variable.shape[0] > 1 and _ATTENTION.search(path):
        return LAYOUTS["projection"](rank)
    return LAYOUTS["kernel"](rank)


def fused_shape(variable, fused):
    """How a variable that holds several tensors along its last axis comes apart.

    Args:
        variable: a variable.
        fused: dict of regular expression on the path to the number of tensors.

    Returns:
        The shape `(..., parts, last / parts)`, or None for a single tensor.

    Raises:
        ValueError: if the last axis can't be divided.
    """
    for pattern, parts in fused.items():
        if re.search(pattern, path_of(variable)) and len(variable.shape):
            *rest, last = variable.shape
            if last % parts:
                raise ValueError(
                    "`fused` must divide the last axis of the variables it names "
                    "(give fused={} if they hold one tensor). Received: "
                    f"fused={{{pattern!r}: {parts}}}, variable {path_of(variable)} of "
                    f"shape {tuple(variable.shape)}"
                )
            return (*rest, parts, last // parts) if parts > 1 else None
    return None


def centred(x, axes):
    """X less its mean over the axes; `()` for not at all.

    Units of a single number stay: less their mean they would be 0, and never learn.
    """
    size = math.prod(x.shape[axis] for axis in axes)
    if size == 1:
        return x
    # Not ops.mean: it divides in float32 on JAX and PyTorch, whatever x is.
    return x - ops.sum(x, axis=axes, keepdims=True) / size


def tensor_norm(x, shape):
    """L2 norm of each tensor in x, in a shape that broadcasts with x.

    Args:
        x: the values of a variable.
        shape: what `fused_shape` gave.
    """
    if shape is None:
        return ops.sqrt(ops.sum(ops.square(x)))
    axes = (*range(len(shape) - 2), len(shape) - 1)
    squares = ops.sum(ops.reshape(ops.square(x), shape), axis=axes)
    return ops.repeat(ops.sqrt(squares), shape[-1])


def is_count(value):
    """Whether a value of `fused` is a number of tensors."""
    return isinstance(value, numbers.Integral) and value > 0


def check_rules(name, rules, values):
    """Raises a ValueError for rules that are no regular expressions or values."""
    if not isinstance(rules, Mapping):
        raise ValueError(
            f"`{name}` must be a dict of regular expressions on variable paths. "
            f"Received: {name}={rules!r}"
        )
    problems = []
    for pattern, value in rules.items():
        try:
            re.compile(pattern)
        except (re.error, TypeError) as error:
            problems.append(f"{pattern!r} is no regular expression ({error})")
        if not values(value):
            problems.append(f"{value!r} is not allowed for {pattern!r}")
    if problems:
        raise ValueError(
            f"`{name}` must map regular expressions on variable paths: "
            f"{'; '.join(problems)}. Received: {name}={rules!r}"
        )
