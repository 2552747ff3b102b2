"""A `fit` that can be killed at any moment and goes on as if it never was."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import keras

from kpoc.training.checkpoint import Checkpoint, write_checkpoint
from kpoc.training.trainers import trainer

CHECKPOINT_MINUTES = 5.0
"""How often a checkpoint is written within an epoch."""

_RANDOM = "random"


@runtime_checkable
class Keeper(Protocol):
    """A callback with a state that belongs to the training's."""

    def state(self) -> dict:
        """What it remembers; plain JSON types."""

    def restore(self, state: dict) -> None:
        """Takes back what `state` gave."""


class Checkpoints(keras.callbacks.Callback):
    """Writes a checkpoint after each epoch, and every few minutes within one.

    It must come after the callbacks whose state it keeps.

    Args:
        path: The file.
        keepers: Callbacks whose state belongs to the training's, by name.
        minutes: Time between checkpoints within an epoch.
        resumed: The checkpoint to go on from. The steps of its epoch that were done
            by then pass without a batch: other callbacks see them without logs.
    """

    def __init__(
        self,
        path: Path,
        keepers: Mapping[str, Keeper],
        minutes: float = CHECKPOINT_MINUTES,
        resumed: Checkpoint | None = None,
    ):
        super().__init__()
        self.path, self.keepers, self.seconds = path, keepers, 60 * minutes
        self.resumed = resumed

    def on_train_begin(self, logs=None):
        self._saved = time.monotonic()
        if self.resumed and self.resumed.step:
            self._pass_over(self.resumed.step)

    def on_epoch_begin(self, epoch, logs=None):
        self._epoch = epoch
        if self.resumed and self.resumed.step:
            # not earlier: `fit` has just reset them
            self.resumed.restore_metrics(self.model)

    def on_train_batch_begin(self, batch, logs=None):
        if self.resumed and batch == self.resumed.step:
            # not earlier: what prepares the batches draws random numbers too
            if state := self.resumed.states.get(_RANDOM):
                trainer().restore_random_state(state["state"])
            self.resumed = None

    def on_train_batch_end(self, batch, logs=None):
        step = batch + 1
        due = time.monotonic() - self._saved >= self.seconds
        # the end of the last step is all but the end of the epoch
        if logs and due and step < self.params["steps"]:
            self._save(self._epoch, step)

    def on_epoch_end(self, epoch, logs=None):
        self._save(epoch + 1, 0)

    def _save(self, epoch: int, step: int) -> None:
        trainer().sync(self.model)
        states = {name: part.state() for name, part in self.keepers.items()}
        if random := trainer().random_state():
            states[_RANDOM] = {"state": random}
        try:
            write_checkpoint(
                self.path,
                self.model,
                epoch=epoch,
                step=step,
                stopped=self.model.stop_training,
                states=states,
            )
        except OSError as error:
            raise OSError(
                f"the checkpoint {self.path} could not be written ({error}); what was "
                "there before stays, and --resume goes on from it"
            ) from error
        self._saved = time.monotonic()

    def _pass_over(self, steps: int) -> None:
        model, train_step = self.model, self.model.train_function
        left = steps // model.steps_per_execution

        def nothing(*given):
            nonlocal left
            left -= 1
            if not left:
                model.train_function = train_step
            return trainer().nothing(*given)

        model.train_function = nothing


def fit(
    model: keras.Model,
    batches: Callable[[int], Any],
    *,
    epochs: int,
    steps: int,
    checkpoint: Path,
    validation_data: Any = None,
    callbacks: Sequence[keras.callbacks.Callback] = (),
    files: Sequence[keras.callbacks.Callback] = (),
    minutes: float = CHECKPOINT_MINUTES,
    resumed: Checkpoint | None = None,
) -> None:
    """Fits a compiled model, on any backend, from the start or from a checkpoint.

    Interrupted and resumed it ends as if it had never stopped, bit for bit, where
    `batches`, the backend and the machine repeat theirs.

    Args:
        model: The model, built and compiled as it was at first.
        batches: Gives the batches of the training from a step on, counted from 0 over
            all epochs: what Keras fits, with a `repeat()` that has no end, such as a
            `tf.data.Dataset` or `kpoc.batches.pipelines.arrays.Batches`.
        epochs: Epochs of the whole training.
        steps: Steps an epoch.
        checkpoint: The file to write checkpoints to.
        validation_data: Batches to validate on after each epoch.
        callbacks: Called before a checkpoint is written, in their order. The state of
            those that are a `Keeper` is kept in it, by the name of their class.
        files: Callbacks that are called after a checkpoint is written. What they write
            is never ahead of the checkpoint; their `on_train_begin` has to bring it up
            to date with what was restored.
        minutes: Time between checkpoints within an epoch.
        resumed: The checkpoint to go on from.

    Raises:
        CheckpointError: The checkpoint is of another model.
    """
    keepers = {type(c).__name__: c for c in callbacks if isinstance(c, Keeper)}
    epoch = step = 0
    if model.optimizer:
        model.optimizer.build(model.trainable_variables)
    if resumed:
        epoch, step = resumed.epoch, resumed.step
        if step and not resumed.fits_metrics(model):
            # makes the variables of metrics; what else it changes is restored
            model.test_on_batch(*next(iter(batches(0))))
        resumed.restore_model(model)
        for name, keeper in keepers.items():
            keeper.restore(resumed.states[name])
    checkpoints = Checkpoints(checkpoint, keepers, minutes, resumed)
    first = epoch * steps + (0 if trainer().reads_first else step)
    model.fit(
        # endless: `fit` counts the steps passed over as batches
        batches(first).repeat(),
        initial_epoch=epoch,
        epochs=epoch if resumed and resumed.stopped else epochs,
        steps_per_epoch=steps,
        validation_data=validation_data,
        callbacks=[*callbacks, checkpoints, *files],
        shuffle=False,
        verbose=0,
    )
