"""Training a recipe: from a plan to a finished run directory."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from kpoc import models
from kpoc.ground.environments import ENVIRONMENTS, Environment
from kpoc.ground.keras_settings import recipe_settings
from kpoc.recipe import Recipe, load_recipe
from kpoc.report.card import write_run_card
from kpoc.runs.run import FAILED, Run
from kpoc.training.checkpoint import Checkpoint
from kpoc.training.child import train_in_child
from kpoc.training.distribution.alone import ALONE, Alone
from kpoc.training.distribution.together import on_devices
from kpoc.training.facts import facts_of
from kpoc.training.plan import Plan, make_plan
from kpoc.training.progress import say
from kpoc.training.recipe_checks import require_trainable
from kpoc.training.resumable import CHECKPOINT_MINUTES
from kpoc.training.resuming import resume_run
from kpoc.training.starting import chain_of
from kpoc.training.train_here import train_here
from kpoc.training.watching import Watch


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
    recipe = load_recipe(recipe, overrides)
    require_trainable(recipe)
    plan = make_plan(recipe, data=data, runs=runs)
    return train_plan(
        plan,
        resume=resume,
        checkpoint_minutes=checkpoint_minutes,
        where=on_devices(devices, plan) if devices else ALONE,
    )


@recipe_settings()
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
        return _finished(plan)
    _train_starts(plan, checkpoint_minutes)
    if elsewhere := _environment(plan):
        return _train_elsewhere(plan, elsewhere, resume, checkpoint_minutes)
    run.hold()
    run.remove_left_behind()
    try:
        if run.is_finished:
            # since it was asked above, by the process that held it
            return _finished(plan)
        plan, resumed = _begin(plan, resume, where)
        try:
            train_here(plan, resumed, checkpoint_minutes, watch, where)
        except BaseException as error:
            if not run.has_ended:
                reason = str(error) or type(error).__name__
                _try_to_note(run, status=FAILED, error=reason)
            raise
    finally:
        where.stop()
        run.release()
    if run.is_finished:
        _write_card(plan)
    return run


def _finished(plan: Plan) -> Run:
    """The run, with what a kill right after its end may have left undone."""
    plan.run.checkpoint.unlink(missing_ok=True)
    plan.run.remove_left_behind()
    if not plan.run.card.is_file():
        _write_card(plan)
    say(f"{plan.run.path} is finished already")
    return plan.run


def _train_starts(plan: Plan, minutes: float) -> None:
    """Trains what the training goes on from, as far as it is not done."""
    for before in list(chain_of(plan))[:-1]:
        if not before.run.is_finished:
            say(f"first {before.recipe.name}, which {plan.recipe.name} goes on from")
            resume = before.run.checkpoint.is_file()
            train_plan(before, resume=resume, checkpoint_minutes=minutes)


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
    run, facts = plan.run, {**facts_of(plan), **where.facts}
    if resume and run.checkpoint.is_file():
        return resume_run(plan, facts)
    if resume:
        say(f"there is no checkpoint in {run.path}: training from the start")
    resumable = run.checkpoint.is_file()
    if aside := run.start(plan.recipe, plan.manifest, facts):
        hint = "; --resume would have gone on with it" if resumable else ""
        say(f"an unfinished training was moved to {aside}{hint}")
    return plan, None


def _write_card(plan: Plan) -> None:
    # the run is finished: a full disk now must not say otherwise
    try:
        write_run_card(plan.run.path, plan.manifest)
    except OSError as error:
        say(f"no model card ({error}); write it with: kpoc card {plan.run.path}")


def _try_to_note(run: Run, **facts: object) -> None:
    # the disk may be what failed: then the first error is the one to show
    try:
        run.write(**facts)
    except OSError:
        say(f"could not write {run.record_file}")
