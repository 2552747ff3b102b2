"""Training a recipe: from a plan to a finished run directory."""

from __future__ import annotations

import functools
import time
from collections.abc import Mapping
from pathlib import Path

import keras
import numpy as np

from kpoc import models
from kpoc.data.augmentation.chain import make_augmentations
from kpoc.data.pipeline import (
    Rows,
    evaluation_batches,
    steps_per_epoch,
    training_batches,
)
from kpoc.environments import ENVIRONMENTS, Environment
from kpoc.files import atomic
from kpoc.models.stand_ins import stand_in_for
from kpoc.recipe import Recipe
from kpoc.report.card import write_run_card
from kpoc.training import cost, features, machine
from kpoc.training.callbacks import (
    BestEpoch,
    BestWeights,
    EventFiles,
    History,
    HistoryFile,
    StopEarly,
    StopOnNaN,
)
from kpoc.training.checkpoint import Checkpoint
from kpoc.training.child import train_in_child
from kpoc.training.components import make_losses, make_metrics, make_optimizer
from kpoc.training.distribution.alone import ALONE, Alone
from kpoc.training.distribution.together import on_devices
from kpoc.training.plan import Plan, make_plan
from kpoc.training.progress import Progress, say
from kpoc.training.resumable import CHECKPOINT_MINUTES, fit
from kpoc.training.resuming import resume_run
from kpoc.training.rows import load_rows, write_predictions
from kpoc.training.run import FAILED, FINISHED, TRIED, Run
from kpoc.training.stopwatch import PeakMemory, Stopwatch
from kpoc.training.watching import Watch, Watched
from kpoc.training.xla import decide_xla


def train(
    recipe: str | Path | Mapping | Recipe,
    *,
    data: str | Path | None = None,
    runs: str | Path = "runs",
    resume: bool = False,
    checkpoint_minutes: float = CHECKPOINT_MINUTES,
    devices: int | None = None,
    **overrides: object,
) -> Run:
    """Trains a recipe with its seed, unless that very run is finished already.

    Args:
        recipe: A recipe, its name, or the path of a YAML file.
        data: Where the images lie; by default `$KPOC_DATA`.
        runs: The folder of all runs.
        resume: Go on with this very run where it was interrupted, from its last
            checkpoint. On a CPU it ends bit for bit as if it had never stopped.
            Without it, an unfinished run is moved aside.
        checkpoint_minutes: Time between checkpoints within an epoch; there is one
            after each epoch as well.
        devices: Number of devices to divide each batch among; needs Keras' backend jax.
        **overrides: Keys of the recipe; for nested ones pass a dict of what changes,
            e.g. `model={"dropout": 0.5}`.

    Returns:
        The finished run.

    Raises:
        ValueError: Recipe, data or weights are not as they must be.
        TrainingDiverged: The loss became NaN; the best weights before are kept.
        CheckpointError: The checkpoint cannot be read, or not by this kpoc.

    Example:
        >>> run = train("portraits/baseline", epochs=2)  # doctest: +SKIP
        >>> run.predictions("validation").head()  # doctest: +SKIP
    """
    plan = make_plan(recipe, data=data, runs=runs, overrides=overrides)
    return train_plan(
        plan,
        resume=resume,
        checkpoint_minutes=checkpoint_minutes,
        where=on_devices(devices, plan) if devices else ALONE,
    )


def train_plan(
    plan: Plan,
    *,
    resume: bool = False,
    checkpoint_minutes: float = CHECKPOINT_MINUTES,
    watch: Watch | None = None,
    where: Alone = ALONE,
) -> Run:
    """Trains what `make_plan` laid out; see `train`.

    Args:
        plan: The plan. Without test rows it is a trial: the run says what the epochs
            gave and cost, and keeps no model and no predictions.
        resume: As in `train`.
        checkpoint_minutes: As in `train`.
        watch: Asked after each epoch whether to go on.
        where: The devices that it runs on.
    """
    run = plan.run
    if run.is_finished:
        # the last act of a training, before which it may have been killed
        run.checkpoint.unlink(missing_ok=True)
        say(f"{run.path} is finished already")
        return run
    if elsewhere := _environment(plan):
        return _train_elsewhere(plan, elsewhere, resume, checkpoint_minutes)
    policy = keras.config.dtype_policy()
    run.hold()
    try:
        plan, resumed = _begin(plan, resume, where)
        try:
            _train(plan, resumed, checkpoint_minutes, watch, where)
        except BaseException as error:
            reason = str(error) or type(error).__name__
            _try_to_note(run, status=FAILED, error=reason)
            raise
    finally:
        where.stop()
        keras.config.set_dtype_policy(policy)
        run.release()
    if run.is_finished:
        _write_card(run)
    return run


def _environment(plan: Plan) -> Environment | None:
    """The environment that the model needs, if it is another than this one."""
    name = models.get_backbone(plan.recipe.model.backbone).environment
    needed = ENVIRONMENTS[name] if name else None
    return None if needed is None or needed.is_here else needed


def _train_elsewhere(
    plan: Plan, environment: Environment, resume: bool, minutes: float
) -> Run:
    python = environment.python()
    say(f"{plan.recipe.model.backbone} is trained by {python}")
    options = ("--checkpoint-minutes", str(minutes))
    reason = train_in_child(plan, *options, resume=resume, python=python)
    if reason:
        raise RuntimeError(f"the training by {python} failed: {reason}")
    return plan.run


def _begin(plan: Plan, resume: bool, where: Alone) -> tuple[Plan, Checkpoint | None]:
    run, facts = plan.run, {**_facts(plan), **where.facts}
    if resume and run.checkpoint.is_file():
        return resume_run(plan, facts)
    if resume:
        say(f"there is no checkpoint in {run.path}: training from the start")
    resumable = run.checkpoint.is_file()
    if aside := run.start(plan.recipe, plan.manifest, facts):
        hint = "; --resume would have gone on with it" if resumable else ""
        say(f"an unfinished training was moved to {aside}{hint}")
    return plan, None


def _write_card(run: Run) -> None:
    # the run is finished: a full disk now must not say otherwise
    try:
        write_run_card(run.path)
    except OSError as error:
        say(f"no model card ({error}); write it with: kpoc card {run.path}")


def _try_to_note(run: Run, **facts: object) -> None:
    # the disk may be what failed: then the first error is the one to show
    try:
        run.write(**facts)
    except OSError:
        say(f"could not write {run.path / 'run.json'}")


def _facts(plan: Plan) -> dict[str, object]:
    meta = plan.manifest.meta
    backbone = models.get_backbone(plan.recipe.model.backbone)
    environment = machine.environment()
    return {
        "recipe": plan.recipe.name,
        "seed": plan.recipe.seed,
        "started": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "versions": machine.versions(),
        "git": machine.git_state(),
        "environment": environment,
        "data": {
            "protocol": meta.get("protocol"),
            "source": meta.get("source"),
            "synthetic": bool(meta.get("synthetic")),
            "digest": plan.manifest.digest,
            "test_digest": plan.manifest.test_digest,
            "counts": plan.manifest.counts,
            "left_out": len(meta.get("reported", [])),
        },
        "weights": {
            **plan.weights,
            "origin": backbone.origin(plan.weights["name"]),
        },
        "xla": decide_xla(
            plan.recipe.xla,
            environment["accelerators"],
            backbone.xla_on_cpu,
            environment["backend"],
        ),
    }


def _train(
    plan: Plan,
    resumed: Checkpoint | None,
    minutes: float,
    watch: Watch | None,
    where: Alone,
) -> None:
    recipe, run = plan.recipe, plan.run
    keras.utils.clear_session(free_memory=True)
    keras.utils.set_random_seed(recipe.seed)
    keras.config.set_dtype_policy(recipe.precision)
    machine.reset_peak_memory()

    augmentations = make_augmentations(recipe.augmentation)
    constant = features.are_constant(recipe)
    unkept = ("train",) if augmentations.needs_originals else ()
    splits = load_rows(plan, features.SPLITS if constant else unkept)
    train_rows = splits["train"]
    steps = steps_per_epoch(train_rows, recipe.batch_size)
    initial = {
        name: float(np.mean(train_rows.labels[name]))
        for name, target in recipe.task.targets.items()
        if target.kind == "regression"
    }
    model = models.build(recipe.model, recipe.task, recipe.image_size, initial)
    built = model.get_layer("core")
    entry = models.get_backbone(recipe.model.backbone)
    stand_in = stand_in_for(built, entry.stand_in)
    core = trained = stand_in.model
    frozen = _features(plan, core, splits) if constant else None
    if frozen:
        trained, splits = frozen.head, splits | frozen.rows
        train_rows = splits["train"]
        core.jit_compile = run.info["xla"]["used"]
    where.start(core)
    trained.compile(
        optimizer=make_optimizer(recipe, steps * recipe.epochs),
        loss=make_losses(recipe, train_rows.labels),
        loss_weights={name: t.weight for name, t in recipe.task.targets.items()},
        metrics=make_metrics(recipe),
        jit_compile=run.info["xla"]["used"],
    )
    batches = functools.partial(
        training_batches,
        where.training_rows(train_rows),
        recipe.batch_size,
        seed=recipe.seed,
        epochs=recipe.epochs,
        augmentations=augmentations,
    )
    validation = where.validation_rows(trained, splits["validation"], recipe.batch_size)
    stopwatch, memory, best = _fit(
        recipe,
        run,
        trained,
        whole=core,
        batches=lambda step: batches(first_step=step),
        steps=steps,
        validation_data=evaluation_batches(validation, recipe.batch_size),
        minutes=minutes,
        resumed=resumed,
        watch=watch,
    )
    where.finish(core)
    if not where.is_first:
        return
    spent = {
        **cost.speed(
            stopwatch,
            recipe.batch_size,
            steps,
            frozen.seconds if frozen else None,
        ),
        "epochs": len(stopwatch.epoch_seconds),
        "xla": run.info["xla"]["used"],
    }
    if not len(splits["test"]):
        spent["peak_memory_bytes"] = memory.peak
        run.write(status=TRIED, best_epoch=best.number, cost=spent)
        (run.path / "best.weights.h5").unlink()
        run.checkpoint.unlink()
        return

    core.load_weights(run.path / "best.weights.h5")
    write_predictions(plan, trained, splits["validation"], "validation")
    evaluation_seconds = write_predictions(plan, core, splits["test"], "test")
    run.write(**stand_in.give_back())
    with atomic(run.path / "model.keras") as part:
        model.save(part)
    latency = cost.latency_ms(core, recipe.image_size)
    run.write(
        status=FINISHED,
        best_epoch=best.number,
        cost={
            **spent,
            "evaluation_seconds": evaluation_seconds,
            "peak_memory_bytes": memory.peak,
            "latency_ms": latency,
            **cost.size(core, run.path / "model.keras"),
        },
    )
    # after the note that it is finished: a kill in between must lose nothing
    run.checkpoint.unlink()


def _features(
    plan: Plan, core: keras.Model, splits: dict[str, Rows]
) -> features.Features | None:
    made = features.compute_once(
        core,
        splits,
        {name: plan.manifest.rows(name)["sha256"] for name in features.SPLITS},
        plan.recipe.batch_size,
        plan.run.info["xla"]["used"],
    )
    plan.run.write(features={"computed": "once" if made else "in every epoch"})
    return made


def _fit(
    recipe: Recipe,
    run: Run,
    trained: keras.Model,
    *,
    whole: keras.Model,
    steps: int,
    watch: Watch | None,
    **how,
) -> tuple[Stopwatch, PeakMemory, BestEpoch]:
    """Fits the part of a model that is trained, with all that a run records.

    `how` is for `resumable.fit`.
    """
    stopping = recipe.early_stopping
    stopwatch, memory = Stopwatch(), PeakMemory()
    history = History(stopwatch)
    best = BestEpoch(
        monitor=stopping.monitor if stopping else "val_loss",
        mode=stopping.mode if stopping else "min",
    )
    callbacks = [
        stopwatch,
        memory,
        StopOnNaN(),
        history,
        best,
        Progress(_shown(recipe), recipe.epochs, steps),
        EventFiles(run.path / "tensorboard"),
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
            BestWeights(run.path / "best.weights.h5", best, whole),
            HistoryFile(run.path / "metrics.csv", history),
        ],
        **how,
    )
    return stopwatch, memory, best


def _shown(recipe: Recipe) -> dict[str, str]:
    """The main metric of each target, by its name in the logs of Keras."""
    return {
        recipe.log_name(f"{name}.{metric}"): f"{name} {metric}"
        for name, target in recipe.task.targets.items()
        for metric in target.metrics[:1]
    }
