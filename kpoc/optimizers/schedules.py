"""Learning rate schedules."""

import keras

from kpoc.optimizers._base import check_arguments


def warmup_cosine(learning_rate, total_steps, warmup_steps=0, final_fraction=0.0):
    r"""Linear warm-up from 0, then half a cosine: Keras' schedule in the usual terms.

    For the update k = 0, 1, ..., with W warm-up steps of N in total::

        k < W:      learning_rate * k / W
        W <= k < N: learning_rate * (f + (1 - f) * (1 + cos(pi (k - W) / (N - W))) / 2)
        k >= N:     learning_rate * f

    It is `keras.optimizers.schedules.CosineDecay`, whose `decay_steps` do not contain
    the warm-up and whose first argument is where the warm-up starts, with those two
    set as everybody means them. The first update has the rate 0. Beyond N the rate
    stays at its end (that of Hugging Face's `get_cosine_schedule_with_warmup`, which
    gives the same numbers up to there, rises again).

    Args:
        learning_rate: the highest learning rate.
        total_steps: updates in the whole training, N.
        warmup_steps: updates of the warm-up, W, less than N. Defaults to 0.
        final_fraction: f, the end as a fraction of `learning_rate`. Defaults to 0.0.

    Returns:
        A `keras.optimizers.schedules.CosineDecay`, which is saved and loaded by Keras
        alone.

    Raises:
        ValueError: if an argument is out of its range.

    Example:
        >>> from kpoc.optimizers import warmup_cosine
        >>> schedule = warmup_cosine(1e-3, total_steps=100, warmup_steps=10)
        >>> [round(float(schedule(k)) * 1e3, 3) for k in (0, 5, 10, 55, 100, 150)]
        [0.0, 0.5, 1.0, 0.5, 0.0, 0.0]

    Reference:
        Loshchilov and Hutter, SGDR, 2017, arXiv:1608.03983, equation 5; Goyal et al.,
        Accurate, Large Minibatch SGD, 2017, arXiv:1706.02677, section 2.2.
    """
    check_arguments(
        {
            "learning_rate": (learning_rate, "be at least 0", lambda x: x >= 0),
            "total_steps": (total_steps, "be > 0", lambda x: x > 0),
            "final_fraction": (final_fraction, "be in [0, 1]", lambda x: 0 <= x <= 1),
        }
    )
    rule = f"be at least 0 and less than `total_steps` ({total_steps})"
    check_arguments(
        {"warmup_steps": (warmup_steps, rule, lambda x: 0 <= x < total_steps)}
    )
    return keras.optimizers.schedules.CosineDecay(
        initial_learning_rate=0.0 if warmup_steps else float(learning_rate),
        decay_steps=total_steps - warmup_steps,
        alpha=final_fraction,
        warmup_target=float(learning_rate) if warmup_steps else None,
        warmup_steps=warmup_steps,
    )
