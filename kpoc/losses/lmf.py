"""Large-margin-aware focal loss."""

import keras

from kpoc.losses._base import BaseLoss, nonnegative
from kpoc.losses._registry import register
from kpoc.losses.class_weights import class_counts
from kpoc.losses.focal import SparseCategoricalFocalCrossentropy
from kpoc.losses.ldam import LDAMLoss


@register("lmf", kinds=("binary", "categorical"))
@keras.saving.register_keras_serializable(package="kpoc")
class LMFLoss(BaseLoss):
    r"""`alpha * LDAM + beta * focal`: margins for rare classes, focus on hard rows.

    LDAM is `kpoc.losses.LDAMLoss` (it alone is scaled and has margins), focal is
    `kpoc.losses.SparseCategoricalFocalCrossentropy` on the plain logits. Both get the
    same class weights: LDAM is divided by their mean over the batch (see there), focal
    is a plain mean, as in the authors' code.

    The defaults are the settings of a study of faces in the formula of its slides (no
    scale, no weights). The authors' own training configuration is
    `LMFLoss(counts, alpha=1.5, beta=1.0, gamma=1.5, scale=30.0,
    class_weights="margins")`.

    Args:
        class_counts: Training rows of each class, `(K,)`, all > 0; two for one logit.
        alpha: Weight of LDAM, >= 0. Defaults to `2.5`.
        beta: Weight of focal, >= 0. Defaults to `0.05`.
        gamma: Focusing parameter of focal, >= 0. Defaults to `4.0`.
        max_margin: Margin of the rarest class, >= 0. Defaults to `0.5`.
        scale: Multiplies the logits in LDAM, > 0. Defaults to `1.0`.
        class_weights: `None`, one weight a class `(K,)`, or `"margins"`, `"balanced"`,
            `"effective_number"`. Defaults to `None`.
        normalize: `"batch"` or `"dataset"`, see `LDAMLoss`. Defaults to `"batch"`.
        reduction: As in Keras. Defaults to `"sum_over_batch_size"`.
        name: Name of the loss.
        dtype: As in Keras; half precision is computed in float32.

    Call arguments:
        y_true: Labels `(batch,)` or `(batch, 1)`, or one-hot `(batch, K)`. A label that
            is no class raises in arrays and in eager mode and gives NaN in a graph
            (what `fit` compiles); so do soft labels, as a margin belongs to one class.
        y_pred: Logits `(batch, K)`, or `(batch, 1)`: the two classes [0, z].
        sample_weight: As in Keras.

    Raises:
        ValueError: counts are not positive, their number is not K, or another argument
            is out of range.

    Example:
        >>> loss = LMFLoss(class_counts=[900, 100])
        >>> round(float(loss([1, 0], [[0.0, 1.0], [2.0, 0.0]])), 4)
        0.8002

    Reference:
        - [LMFLoss: A Hybrid Loss For Imbalanced Medical Image Classification (Sadi et
          al., 2022)](https://arxiv.org/abs/2212.12741), eq. 5 to 7.
    """

    def __init__(
        self,
        class_counts,
        alpha=2.5,
        beta=0.05,
        gamma=4.0,
        max_margin=0.5,
        scale=1.0,
        class_weights=None,
        normalize="batch",
        reduction="sum_over_batch_size",
        name="lmf",
        dtype=None,
    ):
        super().__init__(reduction=reduction, name=name, dtype=dtype)
        self.alpha = nonnegative("alpha", alpha)
        self.beta = nonnegative("beta", beta)
        common = {"reduction": reduction, "dtype": dtype}
        self.ldam = LDAMLoss(
            class_counts, max_margin, scale, normalize=normalize, **common
        )
        self.focal = SparseCategoricalFocalCrossentropy(gamma, **common)
        self.class_weights = class_weights

    @property
    def class_weights(self):
        """The class weights as given: a name, a list or `None`."""
        return self.ldam.class_weights

    @class_weights.setter
    def class_weights(self, weights):
        self.ldam.class_weights = weights
        self.focal.class_weights = self.ldam.weight_vector

    @classmethod
    def from_data(cls, y, num_classes=None, **kwargs):
        """Makes the loss with the class counts of the training labels.

        Args:
            y: Integer labels of the training rows.
            num_classes: Number of classes. Defaults to the largest label plus one.
            **kwargs: Passed to `__init__`.

        Returns:
            The loss.
        """
        return cls(class_counts(y, num_classes), **kwargs)

    def __call__(self, y_true, y_pred, sample_weight=None):
        ldam = self.ldam(y_true, y_pred, sample_weight)
        return self.alpha * ldam + self.beta * self.focal(y_true, y_pred, sample_weight)

    def get_config(self):
        config = self.ldam.get_config()
        return {
            **config,
            **super().get_config(),
            "alpha": self.alpha,
            "beta": self.beta,
            "gamma": self.focal.gamma,
        }
