"""Cross-entropy between teacher and student crops (DINO)."""

import keras
from keras import ops

from kpoc.losses._base import BaseLoss, positive
from kpoc.losses._registry import register


@register("dino")
@keras.saving.register_keras_serializable(package="kpoc")
class DINOLoss(BaseLoss):
    r"""Cross-entropy of each student crop against the teacher's other global crops.

    With teacher probabilities q of the 2 global crops and student log-probabilities
    `l_v = log_softmax(logits_v / student_temperature)` of all V crops, the first two
    of which are the global ones:

    `loss = mean over the 2V - 2 pairs v != i of (-sum_k q_ik * l_vk)`.

    The loss holds no state: the model subtracts its centre from the teacher's logits,
    divides them by the teacher's temperature, takes the softmax, and updates the
    centre after the step. No gradient reaches the teacher.

    Args:
        student_temperature: > 0. Defaults to `0.1`, the authors' value.
        reduction: As in Keras. Defaults to `"sum_over_batch_size"`.
        name: Name of the loss.
        dtype: As in Keras; half precision is computed in float32.

    Call arguments:
        teacher_probs: `(2, batch, K)`, or crop by crop `(2 * batch, K)`; rows sum to 1.
        student_logits: `(V, batch, K)`, or crop by crop `(V * batch, K)`, V >= 2.
        sample_weight: One weight an image, `(batch,)`, as in Keras.

    Raises:
        ValueError: `student_temperature` is not positive, or shapes do not fit.

    Example:
        >>> import numpy as np
        >>> teacher = np.full((2, 1, 4), 0.25)
        >>> round(float(DINOLoss()(teacher, np.zeros((5, 1, 4)))), 4)
        1.3863

    Reference:
        - [Emerging Properties in Self-Supervised Vision Transformers (Caron et al.,
          2021)](https://arxiv.org/abs/2104.14294), eq. 3 and algorithm 1.
    """

    def __init__(
        self,
        student_temperature=0.1,
        reduction="sum_over_batch_size",
        name="dino",
        dtype=None,
    ):
        super().__init__(reduction=reduction, name=name, dtype=dtype)
        self.student_temperature = positive("student_temperature", student_temperature)

    def call(self, y_true, y_pred):
        teacher, student = _by_crop(y_true, y_pred)
        teacher = ops.stop_gradient(teacher)
        student = ops.log_softmax(student / self.student_temperature, axis=-1)
        # All pairs at once, less those of a global crop with itself.
        every = ops.sum(ops.sum(teacher, axis=0) * ops.sum(student, axis=0), axis=-1)
        own = ops.sum(teacher * student[:2], axis=(0, 2))
        pairs = ops.cast(2 * ops.shape(student)[0] - 2, student.dtype)
        return (own - every) / pairs

    def get_config(self):
        return {**super().get_config(), "student_temperature": self.student_temperature}


def _by_crop(teacher, student):
    """Returns both as (crops, batch, K)."""
    shapes = tuple(teacher.shape), tuple(student.shape)
    fits = len(shapes[0]) == len(shapes[1]) and shapes[0][-1] == shapes[1][-1]
    if fits and len(shapes[0]) == 2:
        rows, classes = ops.shape(teacher)[0], shapes[0][-1]
        known = all(isinstance(shape[0], int) for shape in shapes)
        if not known or (rows % 2 == 0 and shapes[1][0] % max(rows // 2, 1) == 0):
            teacher = ops.reshape(teacher, (2, rows // 2, classes))
            student = ops.reshape(student, (-1, rows // 2, classes))
    teacher_shape, student_shape = tuple(teacher.shape), tuple(student.shape)
    fits = fits and len(teacher_shape) == 3 and teacher_shape[0] == 2
    if fits:
        batches = {teacher_shape[1], student_shape[1]} - {None}
        fits = len(batches) < 2 and (student_shape[0] is None or student_shape[0] > 1)
    if not fits:
        raise ValueError(
            "`teacher_probs` must be (2, batch, classes) and `student_logits` "
            "(crops, batch, classes) with two crops or more, or both flattened crop "
            f"by crop. Received: teacher_probs.shape={shapes[0]}, "
            f"student_logits.shape={shapes[1]}"
        )
    return teacher, student
