"""Deferred re-weighting: class weights that begin at an epoch."""

import keras


class DeferredReweighting(keras.callbacks.Callback):
    """Gives a compiled loss its class weights from an epoch on (DRW).

    The first epochs learn features on the data as they are; the last ones move the
    decision boundary. Losses are stateless, for the model does not carry variables of
    a loss on every backend: class weights are constants of the compiled step. So this
    callback sets them at the start of the epoch and has the step traced anew, once.
    Optimizer state and metrics are untouched, and the step costs nothing in between.
    What holds in an epoch depends on its number alone: `fit(initial_epoch=...)` and
    resumed trainings get the right weights.

    The saved model's loss has the weights of the epoch it was saved in. Without a
    callback, the same is two calls of `fit`, the second with `initial_epoch` and sample
    weights (`kpoc.losses.SampleWeights`) under `reduction="mean_with_sample_weight"`.

    Args:
        loss: The loss object that was passed to `compile` (or `model.loss`, or an entry
            of it, after loading): one of this room that has `class_weights`.
        class_weights: What its `class_weights` become; the paper's choice is
            `"effective_number"`.
        start_epoch: First epoch, from 0, with these weights. The authors use 160 of
            200.
        before: What `class_weights` are until then. Defaults to `None`: unweighted.

    Raises:
        ValueError: the loss has no class weights, the weights do not fit it, or
            `start_epoch` is negative.

    Example:
        >>> import numpy as np
        >>> from kpoc.losses import LDAMLoss
        >>> loss = LDAMLoss(class_counts=[90, 10])
        >>> drw = DeferredReweighting(loss, "effective_number", start_epoch=1)
        >>> model = keras.Sequential([keras.layers.Dense(2)])
        >>> model.compile(optimizer="sgd", loss=loss)
        >>> x, y = np.ones((4, 3)), np.array([0, 0, 0, 1])
        >>> _ = model.fit(x, y, epochs=2, callbacks=[drw], verbose=0)
        >>> loss.class_weights
        'effective_number'

    Reference:
        - [Learning Imbalanced Datasets with Label-Distribution-Aware Margin Loss
          (Cao et al., 2019)](https://arxiv.org/abs/1906.07413), algorithm 1.
    """

    def __init__(self, loss, class_weights, start_epoch, before=None):
        super().__init__()
        if not isinstance(loss, keras.losses.Loss) or not hasattr(
            type(loss), "class_weights"
        ):
            raise ValueError(
                "`loss` must be a loss object of kpoc.losses with `class_weights`. "
                f"Received: loss={loss!r}"
            )
        if isinstance(start_epoch, bool) or not (
            isinstance(start_epoch, int) and start_epoch >= 0
        ):
            raise ValueError(
                "`start_epoch` must be an integer >= 0. Received: "
                f"start_epoch={start_epoch!r}"
            )
        self.loss = loss
        self.start_epoch = start_epoch
        current = loss.class_weights
        self._schedule = []
        for weights in (before, class_weights):
            # The setter checks them now rather than at `start_epoch`.
            loss.class_weights = weights
            self._schedule.append(loss.class_weights)
        loss.class_weights = current

    def on_epoch_begin(self, epoch, logs=None):
        wanted = self._schedule[epoch >= self.start_epoch]
        if self.loss.class_weights == wanted:
            return
        self.loss.class_weights = wanted
        self.model.make_train_function(force=True)
        self.model.make_test_function(force=True)
