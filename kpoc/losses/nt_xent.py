"""Normalised temperature-scaled cross-entropy of two views (SimCLR)."""

import keras
from keras import ops

from kpoc.losses._base import BaseLoss, at_least, positive
from kpoc.losses._registry import register

# Takes a pair out of a logsumexp; finite, so that gradients stay finite.
_EXCLUDED = 1e9


@register("nt_xent")
@keras.saving.register_keras_serializable(package="kpoc")
class NTXentLoss(BaseLoss):
    r"""Contrastive loss: each view must find its other view among the batch.

    With the 2N rows z of both views and `s_ij = z_i . z_j / temperature`:

    `l_i = -log(exp(s_ip) / sum_{k != i} exp(s_ik))`, p the other view of i.

    The loss of a pair is the mean of its two l, so that the default reduction gives
    the paper's mean over 2N. (The authors' code returns twice that:
    `mean(l_a) + mean(l_b)`.) It is computed as `softplus(logsumexp(negatives) -
    s_ip)`, which keeps its relative precision where the loss is tiny. Three N x N
    blocks of similarities are made, nothing larger.

    Args:
        temperature: > 0. Defaults to `0.1`, the paper's best on ImageNet.
        normalize: Whether rows are scaled to unit length first. Defaults to `True`,
            as in the paper. `False` takes dot products as they are.
        reduction: As in Keras. Defaults to `"sum_over_batch_size"`.
        name: Name of the loss.
        dtype: As in Keras; half precision is computed in float32.

    Call arguments:
        z_a: Projections of the first views, `(N, D)` (Keras' `y_true`; it has a
            gradient like the other).
        z_b: Projections of the second views, `(N, D)`; row i belongs to row i.
        sample_weight: One weight a pair, `(N,)`, as in Keras. A pair of weight zero
            still serves the others as negatives.

    Raises:
        ValueError: `temperature` is not positive, or the shapes differ.

    Example:
        >>> import numpy as np
        >>> round(float(NTXentLoss(temperature=0.5)(np.eye(3), np.eye(3))), 4)
        0.4327

    Reference:
        - [A Simple Framework for Contrastive Learning of Visual Representations (Chen
          et al., 2020)](https://arxiv.org/abs/2002.05709), eq. 1 and algorithm 1.
    """

    def __init__(
        self,
        temperature=0.1,
        normalize=True,
        reduction="sum_over_batch_size",
        name="nt_xent",
        dtype=None,
    ):
        super().__init__(reduction=reduction, name=name, dtype=dtype)
        self.temperature = positive("temperature", temperature)
        self.normalize = bool(normalize)

    def call(self, y_true, y_pred):
        a, b = y_true, y_pred
        if len(a.shape) != 2 or tuple(a.shape) != tuple(b.shape):
            raise ValueError(
                "`z_a` and `z_b` must have the same shape (batch, features). Received: "
                f"z_a.shape={tuple(a.shape)}, z_b.shape={tuple(b.shape)}"
            )
        if self.normalize:
            a, b = _unit_rows(a), _unit_rows(b)
        a = a / self.temperature
        own = _EXCLUDED * ops.eye(ops.shape(a)[0], dtype=a.dtype)
        # The operator: `ops.matmul` makes float64 float32 on PyTorch.
        a_b = a @ ops.transpose(b)
        a_a = a @ ops.transpose(a) * self.temperature
        b_b = b @ ops.transpose(b) / self.temperature
        positives = ops.sum(a * b, axis=-1)
        a_b, a_a, b_b = a_b - own, a_a - own, b_b - own
        from_a = _log_sums(a_a, a_b, 1) - positives
        from_b = _log_sums(b_b, a_b, 0) - positives
        return (ops.softplus(from_a) + ops.softplus(from_b)) / 2

    def get_config(self):
        return {
            **super().get_config(),
            "temperature": self.temperature,
            "normalize": self.normalize,
        }


def _unit_rows(x):
    square = ops.sum(ops.square(x), axis=-1, keepdims=True)
    return x * ops.rsqrt(at_least(square, 1e-12))


def _log_sums(same, other, axis):
    """Returns log sum exp over the negatives of both views, (N,)."""
    both = ops.logsumexp(same, axis=axis), ops.logsumexp(other, axis=axis)
    return ops.logsumexp(ops.stack(both), axis=0)
