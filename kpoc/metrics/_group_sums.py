"""What metrics by group share: sums a group, and how they become one number."""

import math

import keras
from keras import ops

from kpoc.metrics import _inputs
from kpoc.metrics._label_metric import LabelMetric

SUMMARIES = (None, "mean", "worst", "gap", "penalized_mean")
UNDEFINED = ("zero", "skip")


class GroupSums(keras.metrics.Metric):
    """A ratio of sums in each of G groups, and a summary over the groups.

    A subclass gives `rows`: what each row adds to the sums of its group, in the order
    of `sums`. Groups without rows are not counted, whatever the summary.
    """

    stem = "group"
    sums = ("numerator", "denominator", "total")
    higher_is_better = True

    def __init__(
        self, num_groups, summary=None, penalty=1.0, undefined="zero", name=None, **rest
    ):
        if summary not in SUMMARIES:
            raise ValueError(
                f"`summary` must be one of {SUMMARIES}. Received: summary={summary!r}"
            )
        if undefined not in UNDEFINED:
            raise ValueError(
                f"`undefined` must be one of {UNDEFINED}. "
                f"Received: undefined={undefined!r}"
            )
        name = name or (f"{self.stem}_{summary}" if summary else self.stem)
        super().__init__(name=name, **rest)
        self.num_groups = _inputs.check_whole("num_groups", num_groups, 1)
        self.summary = summary
        if summary is not None:
            rises = self.higher_is_better and summary != "gap"
            self._direction = "up" if rises else "down"
        self.penalty = _inputs.check_number(
            "penalty", penalty, "be a finite number", math.isfinite
        )
        self.undefined = undefined
        for sums in self.sums:
            setattr(
                self,
                sums,
                self.add_weight((self.num_groups,), "zeros", self.dtype, sums),
            )

    def rows(self, y_true, y_pred, weight):
        """What each row adds to each of `sums`, a tuple of `(n,)`."""
        raise NotImplementedError

    def update_state(self, y_true, y_pred, groups, sample_weight=None):
        """Adds a batch.

        Args:
            y_true: the truth, `(B,)` or `(B, 1)`.
            y_pred: the predictions: scores `(B, K)`, where `(B, 1)` means the two
                classes [0, z]; values for a regression.
            groups: codes 0 .. G - 1, `(B,)` or `(B, 1)`.
            sample_weight: row weights `(B,)` or `(B, 1)`, or None.
        """
        added = self.rows(
            y_true, y_pred, _inputs.flat_weight(sample_weight, self.dtype)
        )
        weight = added[self.sums.index("total")]
        groups = ops.convert_to_tensor(groups)
        _inputs.same_rows("groups", groups, weight.shape, "y_pred")
        # `trusted` is NaN where a row that counts has no valid group.
        codes, trusted = _inputs.positions(groups, self.num_groups, weight, self.dtype)
        member = ops.cast(
            codes[:, None] == ops.arange(self.num_groups, dtype="int32"), self.dtype
        )
        for sums, values in zip(self.sums, added, strict=True):
            getattr(self, sums).assign_add(
                ops.sum(member * (values + 0.0 * trusted)[:, None], axis=0)
            )

    def rates(self, numerator, denominator):
        """The ratio in each group, `(G,)`; NaN where a group does not count."""
        fill = 0.0 if self.undefined == "zero" else float("nan")
        values = _inputs.rates(numerator, denominator, fill)
        empty = ops.equal(self.total, 0)
        return ops.where(empty, ops.full_like(values, float("nan")), values)

    def result(self):
        """The values `(G,)`, or their summary, a scalar."""
        values = self.rates(self.numerator, self.denominator)
        if self.summary is None:
            return values
        return summarized(values, self.summary, self.penalty, self.higher_is_better)

    def get_config(self):
        """The arguments, as plain JSON types."""
        return {
            **super().get_config(),
            "num_groups": self.num_groups,
            "summary": self.summary,
            "penalty": self.penalty,
            "undefined": self.undefined,
        }


class GroupRate(GroupSums, LabelMetric):
    """A share of rows, of those that a condition on the true class admits."""

    def __init__(
        self,
        num_groups,
        summary=None,
        penalty=1.0,
        undefined="zero",
        positive=1,
        from_logits=True,
        threshold=0.5,
        name=None,
        dtype=None,
    ):
        super().__init__(
            num_groups,
            summary=summary,
            penalty=penalty,
            undefined=undefined,
            from_logits=from_logits,
            threshold=threshold,
            name=name,
            dtype=dtype,
        )
        self.positive = _inputs.check_whole("positive", positive, 0)

    def compare(self, y_true, y_pred, sample_weight):
        """True labels, predicted labels and weights, each `(n,)`, and K."""
        compared = super().compare(y_true, y_pred, sample_weight)
        if self.positive >= compared[-1]:
            raise ValueError(
                f"`positive` must be a class, 0 to {compared[-1] - 1}. Received: "
                f"positive={self.positive}"
            )
        return compared

    def events(self, true, predicted):
        """Which rows are admitted and which of them count, each bool `(n,)`."""
        raise NotImplementedError

    def rows(self, y_true, y_pred, weight):
        """What each row adds to its group."""
        true, predicted, weight, _ = self.compare(y_true, y_pred, weight)
        admitted, counts = self.events(true, predicted)
        denominator = weight * ops.cast(admitted, self.dtype)
        return denominator * ops.cast(counts, self.dtype), denominator, weight

    def get_config(self):
        """The arguments, as plain JSON types."""
        config = super().get_config()
        del config["num_classes"]
        return {**config, "positive": self.positive}


def summarized(values, summary, penalty=1.0, higher_is_better=True):
    """One number out of the values of the groups, NaN standing for "not counted"."""
    skipped = ops.isnan(values)
    count = ops.sum(ops.cast(ops.logical_not(skipped), values.dtype))
    high = ops.max(ops.where(skipped, ops.full_like(values, -float("inf")), values))
    low = ops.min(ops.where(skipped, ops.full_like(values, float("inf")), values))
    mean = _inputs.rates(
        ops.sum(ops.where(skipped, ops.zeros_like(values), values)), count
    )
    sign = 1.0 if higher_is_better else -1.0
    value = {
        "mean": mean,
        "worst": low if higher_is_better else high,
        "gap": high - low,
        "penalized_mean": mean - sign * penalty * (high - low),
    }[summary]
    return ops.where(ops.equal(count, 0), ops.full_like(value, float("nan")), value)
