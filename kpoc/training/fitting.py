"""The epochs of a training, with all that a run records of them."""

from __future__ import annotations

from dataclasses import dataclass

import keras

from kpoc.recipe import Recipe
from kpoc.runs.run import Run
from kpoc.training.callbacks import (
    BestEpoch,
    BestWeights,
    EventFiles,
    History,
    HistoryFile,
    StopEarly,
    StopOnNaN,
)
from kpoc.training.components import logged_metrics
from kpoc.training.progress import Progress
from kpoc.training.resumable import fit
from kpoc.training.stopwatch import PeakMemory, Stopwatch
from kpoc.training.watching import Watch, Watched


@dataclass(frozen=True)
class Fitted:
    """What the epochs took, and which was the best."""

    stopwatch: Stopwatch
    memory: PeakMemory
    best: BestEpoch


def fit_epochs(
    recipe: Recipe,
    run: Run,
    trained: keras.Model,
    *,
    kept_epoch: tuple[str, str],
    whole: keras.Model,
    steps: int,
    watch: Watch | None,
    **how,
) -> Fitted:
    """Fits a compiled model; the best weights, history and checkpoints go to the run.

    Args:
        recipe: The recipe.
        run: Where they go.
        trained: What is fitted.
        kept_epoch: The log that chooses the epoch that is kept, and `min` or `max`.
        whole: The model that `trained` is, or is a part of; its weights are kept.
        steps: Steps an epoch.
        watch: Asked after each epoch whether to go on.
        **how: For `resumable.fit`.
    """
    stopping = recipe.early_stopping
    stopwatch, memory = Stopwatch(), PeakMemory()
    history = History(stopwatch)
    best = BestEpoch(*kept_epoch)
    callbacks = [
        stopwatch,
        memory,
        StopOnNaN(),
        history,
        best,
        Progress(_shown(recipe), recipe.epochs, steps),
        EventFiles(run.event_folder),
    ]
    if stopping:
        callbacks.append(StopEarly(best, stopping.patience))
    if watch:
        callbacks.append(Watched(watch, history))
    fit(
        trained,
        epochs=recipe.epochs,
        steps=steps,
        checkpoint=run.checkpoint,
        callbacks=callbacks,
        files=[
            BestWeights(run.best_weights, best, whole),
            HistoryFile(run, history),
        ],
        **how,
    )
    return Fitted(stopwatch, memory, best)


def _shown(recipe: Recipe) -> dict[str, str]:
    """The main metric of each target, by its name in the logs of Keras."""
    return {
        recipe.log_name(f"{name}.{metric}"): f"{name} {metric}"
        for name, target in recipe.task.targets.items()
        for metric in logged_metrics(target)[:1]
    }
