"""What a training needs to know before Keras is loaded: rows, weights, directory."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from kpoc.augmentation.chain import make_augmentations
from kpoc.batches.sampling import make_sampler
from kpoc.evaluation.cells import read_targets
from kpoc.ground.errors import UserError
from kpoc.inference.view import make_view
from kpoc.pictures.images import find_unreadable
from kpoc.protocols.build import build_manifest
from kpoc.protocols.manifest import Manifest
from kpoc.protocols.resampling import resample
from kpoc.recipe import Recipe, load_recipe
from kpoc.runs.find import find_run
from kpoc.runs.run import Run
from kpoc.training.starting import fact_of, start_of
from kpoc.weights import locate

UNREADABLE_SHOWN = 20


class UnreadableImages(UserError, ValueError):
    """Images that cannot be decoded."""


@dataclass(frozen=True)
class Plan:
    """A recipe with its rows and weights, and where its run belongs.

    Attributes:
        recipe: The resolved recipe.
        manifest: Its rows; all images can be read.
        weights: Where the initial weights come from, as `Weights.record` has it.
        key: What determines the weights of its run apart from the seed, in hex.
        run: The run directory, which may be there already.
        start: The plan or the run that the training goes on from, if there is one.
        runs: The folder of all runs.
        data: Where the images are said to lie.
    """

    recipe: Recipe
    manifest: Manifest
    weights: dict[str, object]
    key: str
    run: Run
    runs: str | Path
    data: str | Path | None
    start: Plan | Run | None = None


def make_plan(
    recipe: str | Path | Mapping | Recipe,
    *,
    data: str | Path | None = None,
    runs: str | Path = "runs",
    overrides: Mapping[str, object] | None = None,
    rows: Callable[[Recipe], Manifest] | None = None,
    led_here: tuple[str, ...] = (),
) -> Plan:
    """Resolves a recipe, builds its manifest and names its run.

    Args:
        recipe: A recipe, its name, or the path of a YAML file.
        data: Where the images lie; by default `$KPOC_DATA`.
        runs: The folder of all runs.
        overrides: Values by dotted key of the recipe.
        rows: Gives the rows of a recipe; by default `task_rows` does.
        led_here: Names of the recipes that start from this one.

    Raises:
        ValueError: Recipe, data or weights are not as they must be; lists what.
    """
    recipe = load_recipe(recipe, overrides)
    # asked now for their errors alone, as is the sampler
    require_scores(recipe)
    make_augmentations(recipe.augmentation)
    if recipe.inference:
        make_view(recipe.inference.views)
    weights = locate(recipe.model.weights).record()
    rows = rows or (lambda one: task_rows(one, data))

    def plan_start(before: Recipe, led_here: tuple[str, ...]) -> Plan:
        return make_plan(before, data=data, runs=runs, rows=rows, led_here=led_here)

    start = start_of(recipe, plan_start, led_here)
    manifest = resample(rows(recipe), recipe.resampling)
    manifest.validate(recipe.task.targets, recipe.task.groups)
    make_sampler(recipe.sampling, manifest)
    origin = weights["sha256"] or weights["name"] or ""
    key = recipe.key(manifest.digest, origin, *fact_of(start))
    run = find_run(runs, recipe, key)
    return Plan(recipe, manifest, weights, key, run, runs, data, start)


def task_rows(recipe: Recipe, data: str | Path | None) -> Manifest:
    """The rows of the recipe's protocol, before the recipe's own resampling.

    Raises:
        ValueError: The protocol cannot be followed, or images cannot be read.
    """
    manifest = build_manifest(recipe.task.protocol, root=data)
    return readable(manifest, recipe.unreadable)


def readable(manifest: Manifest, unreadable: str) -> Manifest:
    """Checks that every image decodes.

    Args:
        manifest: The rows.
        unreadable: `error`, or `skip` to leave out rows whose image does not decode.

    Raises:
        UnreadableImages: Lists them, if they are not to be skipped.
    """
    found = dict(find_unreadable(manifest.path_texts()))
    if not found:
        return manifest
    rows = zip(manifest.path_texts(), manifest.table["id"], strict=True)
    bad = {name: found[path] for path, name in rows if path in found}
    if unreadable == "skip":
        return manifest.without(bad)
    listed = [f"- {name}: {why}" for name, why in list(bad.items())[:UNREADABLE_SHOWN]]
    more = len(bad) - len(listed)
    raise UnreadableImages(
        f"{len(bad)} image(s) cannot be read; mend them, or leave them out with "
        "unreadable=skip:\n"
        + "\n".join(listed)
        + (f"\n- and {more} more" if more else "")
    )


def require_scores(recipe: Recipe) -> None:
    """Metrics that no comparison could show are refused before a training."""
    primary = (recipe.primary_target, recipe.primary_metric)
    _, wrong = read_targets(recipe.task.targets, primary)
    if wrong:
        raise ValueError(
            "`task.targets` must have metrics that suit their kind. Received: "
            + "; ".join(wrong)
        )
