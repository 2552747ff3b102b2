"""Class weights from class counts."""

import numpy as np

from kpoc.losses._base import floats, number


def class_counts(y, num_classes=None):
    """Counts the rows of each class.

    Args:
        y: Integer labels, any shape, or one-hot rows `(n, num_classes)` where
            `num_classes` > 1 is given.
        num_classes: Number of classes K. Defaults to `None`: the largest label plus
            one, which misses classes that `y` does not hold.

    Returns:
        An int64 array `(K,)`.

    Raises:
        ValueError: `y` is empty or holds something else than labels in [0, K).

    Example:
        >>> class_counts([0, 2, 2, 1, 2]).tolist()
        [1, 1, 3]
    """
    y = np.asarray(y)
    if y.ndim == 2 and y.shape[1] == num_classes and num_classes > 1:
        y = y.argmax(axis=1)
    if y.size == 0 or y.dtype.kind not in "biuf":
        raise ValueError(
            "`y` must hold at least one integer label. Received: "
            f"shape={y.shape}, dtype={y.dtype}"
        )
    if num_classes is not None:
        rule = "an integer >= 1"
        number("num_classes", num_classes, rule, lambda x: x >= 1 and x % 1 == 0)
    size = int(y.max()) + 1 if num_classes is None else int(num_classes)
    bad = ~((y >= 0) & (y < size) & (y == np.floor(y)))
    if bad.any():
        raise ValueError(
            f"`y` must hold integer labels from 0 to {size - 1}. Received: "
            f"{np.unique(y[bad]).tolist()[:5]}"
        )
    return np.bincount(y.ravel().astype(np.int64), minlength=size)


def _by_class(name, counts, values):
    """Counts in the order of the classes that a pandas index of theirs says.

    `value_counts` sorts by frequency: by their places the margins and weights would go
    to the wrong classes.
    """
    index = getattr(counts, "index", None)
    if index is None or callable(index):
        return values
    classes = np.asarray(index)
    if classes.dtype.kind not in "iu":
        return values
    if not np.array_equal(np.sort(classes), np.arange(len(values))):
        raise ValueError(
            f"`{name}` must count each class from 0 to the number of classes less 1 "
            f"once. Received: counts of {classes.tolist()}"
        )
    return values[np.argsort(classes)]


def check_counts(counts, name="class_counts"):
    """Returns counts as a float64 array (K,), K >= 2, all positive, or refuses."""
    values = _by_class(name, counts, floats(name, counts))
    if values.ndim != 1 or values.size < 2:
        raise ValueError(
            f"`{name}` must be a list of at least two numbers, one a class (one "
            f"logit stands for two classes). Received: {name}={counts!r}"
        )
    bad = ~(np.isfinite(values) & (values > 0))
    if bad.any():
        found = {int(k): float(values[k]) for k in np.flatnonzero(bad)}
        raise ValueError(
            f"`{name}` must be finite and > 0 for every class: a class without "
            f"samples has no margin and no weight. Received: class: count = {found}"
        )
    return values


def class_weights(counts, scheme="balanced", *, beta=0.9999):
    """Returns one weight a class: rare classes weigh more.

    - `"balanced"`: `w_j = N / (K * n_j)`, N the sum of the counts. The weights
      average 1 over the rows they were counted on.
    - `"effective_number"`: `w_j = (1 - beta) / (1 - beta**n_j)`, scaled so that the
      weights sum to K. `beta=0` gives ones, `beta -> 1` inverse frequency.

    Args:
        counts: Rows of each class, `(K,)`, all positive.
        scheme: `"balanced"` or `"effective_number"`. Defaults to `"balanced"`, which
            has nothing to tune.
        beta: In [0, 1), for `"effective_number"`. Defaults to `0.9999`, the value
            that the LDAM-DRW authors train with.

    Returns:
        A float64 array `(K,)`.

    Raises:
        ValueError: a count is not positive, or `scheme` or `beta` is out of range.

    Example:
        >>> class_weights([90, 10]).round(3).tolist()
        [0.556, 5.0]
        >>> class_weights([90, 10], "effective_number", beta=0.99).round(3).tolist()
        [0.277, 1.723]

    Reference:
        - `"effective_number"`: [Class-Balanced Loss Based on Effective Number of
          Samples (Cui et al., 2019)](https://arxiv.org/abs/1901.05555), eq. 4 and 5.
        - `"balanced"`: as scikit-learn's `compute_class_weight`.
    """
    counts = check_counts(counts, "counts")
    if scheme == "balanced":
        return counts.sum() / (len(counts) * counts)
    if scheme == "effective_number":
        beta = number("beta", beta, "in [0, 1)", lambda x: 0 <= x < 1)
        effective = -np.expm1(counts * np.log(beta)) if beta else np.ones(len(counts))
        return len(counts) / (effective * np.sum(1 / effective))
    raise ValueError(
        "`scheme` must be 'balanced' or 'effective_number'. Received: "
        f"scheme={scheme!r}"
    )


def check_class_weights(weights, num_classes=None):
    """Returns class weights as a float64 array (K,), or refuses them."""
    values = floats("class_weights", weights)
    if values.ndim != 1 or not np.all(np.isfinite(values) & (values >= 0)):
        raise ValueError(
            "`class_weights` must be a list of finite numbers >= 0, one a class. "
            f"Received: class_weights={weights!r}"
        )
    if not values.any() or (num_classes or len(values)) != len(values):
        raise ValueError(
            f"`class_weights` must have {num_classes or 'some'} entries, one a class, "
            f"not all zero. Received: class_weights={weights!r}"
        )
    return values
