"""What every score promises."""

from __future__ import annotations

import numpy as np

from kpoc.evaluation import scores
from kpoc.testing.promises import close, expect

_ROWS, _CLASSES = 60, 4


def check_score(name: str) -> None:
    """Checks what the bootstrap, the page and the training rely on.

    The score

    - has a title, a meaning, a direction, and kinds of targets that it suits;
    - has statistics of rows, (n, s), of which no row depends on another;
    - is finished from their sums over any leading axes, and NaN without rows;
    - lies within its bounds, and is best where every prediction is right, unless it
      tells confidence from accuracy;
    - is what its metric gives in training.

    Args:
        name: The score's, as it was registered.

    Raises:
        AssertionError: A promise is broken; says which.

    Example:
        >>> check_score("balanced_accuracy")
    """
    score = scores.get(name)
    expect(score.title and score.meaning, f"{name} must have a title and a meaning")
    expect(score.better in ("higher", "lower"), f"{name} must say what is better")
    kinds = {"regression", "binary", "categorical"}
    expect(score.kinds and score.kinds <= kinds, f"{name} must suit a kind of target")
    for kind in sorted(score.kinds):
        _check_sums(score, *_table(kind))
        if score.metric:
            _check_metric(score, kind)


def _table(kind: str) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(3)
    if kind == "regression":
        truth = rng.uniform(1, 80, _ROWS)
        return truth, truth + rng.normal(0, 5, _ROWS)
    classes = 2 if kind == "binary" else _CLASSES
    return rng.integers(0, classes, _ROWS), rng.dirichlet(np.ones(classes), _ROWS)


def _check_sums(score: scores.Score, truth: np.ndarray, given: np.ndarray) -> None:
    name, rows = score.name, score.rows(truth, given)
    expect(
        rows.ndim == 2 and len(rows) == _ROWS and np.isfinite(rows).all(),
        f"{name} must have a row of finite statistics for each row",
    )
    close(
        score.rows(truth[::-1], given[::-1]),
        rows[::-1],
        f"{name} must have statistics of a row that depend on it alone",
        1e-12,
    )
    weights = np.random.default_rng(4).integers(0, 3, (2, 5, _ROWS)).astype(float)
    together = score.finish(weights @ rows)
    shape = (2, 5, given.shape[1]) if score.per_class else (2, 5)
    expect(together.shape == shape, f"{name} must be finished over leading axes")
    for index in np.ndindex(2, 5):
        alone = score.finish(weights[index] @ rows)
        close(together[index], alone, f"{name} must be finished each by itself", 1e-9)
    low, high = score.bounds
    found = together[np.isfinite(together)]
    expect(
        len(found) and found.min() >= low and found.max() <= high,
        f"{name} must lie within its bounds, {low:g} to {high:g}",
    )
    none = score.finish(np.zeros(rows.shape[1]))
    expect(np.isnan(none).all(), f"{name} must be NaN without rows")


def _check_metric(score: scores.Score, kind: str) -> None:
    # scores alone need no Keras
    import keras

    from kpoc import metrics

    truth, given = _table(kind)
    arguments, outputs = {}, given[:, None] if kind == "regression" else np.log(given)
    if kind == "binary":
        outputs = outputs[:, 1:] - outputs[:, :1]
    if metrics.takes(score.metric, "num_classes"):
        arguments["num_classes"] = given.shape[-1]
    metric = metrics.get(score.metric, **arguments)
    metric.update_state(truth[:, None], outputs.astype("float32"))
    found = keras.ops.convert_to_numpy(metric.result())
    promise = f"{score.name} must be what `{score.metric}` gives for a {kind} target"
    close(found, score(truth, given), promise)
