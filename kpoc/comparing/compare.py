"""A comparison from start to end: train what is missing, score, write the page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from kpoc.comparing.asked import Asked, read_sides
from kpoc.comparing.asking import predict_missing
from kpoc.ground.errors import UserError
from kpoc.ground.files import LONGEST_NAME, short_digest
from kpoc.ground.schema import nearest
from kpoc.ground.text import this_command
from kpoc.pictures.listed import image_folders
from kpoc.recipe import Recipe, load_recipe
from kpoc.runs.find import finished_runs
from kpoc.runs.run import Run
from kpoc.runs.scorings import Scorings
from kpoc.training.child import require_trainable_in_child, train_in_child
from kpoc.training.plan import Plan, make_plan, require_scores, task_rows
from kpoc.training.starting import chain_of

if TYPE_CHECKING:
    from kpoc.evaluation.comparison import Comparison
    from kpoc.protocols.manifest import Manifest


class TrainingsFailed(UserError, RuntimeError):
    """Some trainings of a comparison failed; the finished ones are kept."""


def compare(
    sides: Sequence[str | Path | Run] = (
        "portraits/baseline",
        "portraits/lmf_denseweight",
    ),
    *,
    seeds: int | Sequence[int] = 3,
    data: str | Path | None = None,
    runs: str | Path = "runs",
    out: str | Path = "comparisons",
    task: str | Path | None = None,
    primary: str | None = None,
    groups: Sequence[str] | None = None,
    resamples: int = 10_000,
    calibrate: bool = False,
    images: bool = True,
    overrides: Mapping[str, object] | None = None,
) -> Comparison:
    """Compares recipes, runs or tables of predictions on the same test rows.

    Recipes are trained with every seed, each in a process of its own, unless that very
    run is finished already; an interrupted one goes on from its last checkpoint. The
    scoring is noted in `<runs>/test_scorings.jsonl`.

    Args:
        sides: Names or paths of recipes, run directories, tables of predictions in
            the documented form (`kpoc.evaluation.predictions`), or `NAME=PATH[,PATH]`
            for several runs or tables of one side. `@image_size=288,views=flip` behind
            recipes or runs says how their models are asked
            (`kpoc.recipe.inference`). The first is the baseline.
        seeds: Number of seeds (0, 1, ...) or the seeds themselves.
        data: Where the images lie; by default `$KPOC_DATA`. Of runs, those that the
            page shows are looked for here alone.
        runs: The folder of all runs.
        out: The folder of pages.
        task: The recipe whose rows, targets, groups and primary metric hold; by default
            the first side's. All sides must be of these rows.
        primary: `<target>.<metric>` that the verdict is about, instead of the recipe's.
        groups: Columns to break results down by, instead of the recipe's.
        resamples: Number of bootstrap resamples.
        calibrate: Also show the calibration after temperature scaling, each training's
            temperature fitted on its validation rows; it changes no answer.
        images: Show test images on the page, small, as far as their files are there.
        overrides: Values by dotted key for all recipes.

    Returns:
        The comparison; its `page` is the HTML file, its `cards` the model cards.

    Raises:
        ValueError: The sides cannot be compared; says why.
        TrainingsFailed: Lists the trainings that failed; the others are kept.
        NotPredicted: A model could not be asked as a side says.

    Example:
        >>> comparison = compare(
        ...     ["portraits/baseline", "portraits/lmf_denseweight"]
        ... )  # doctest: +SKIP
        >>> comparison.scores  # doctest: +SKIP
    """
    asked = read_sides(sides, overrides or {})
    _check_names([side.name for side in asked])
    seeds = list(range(seeds)) if isinstance(seeds, int) else list(seeds)
    if not seeds:
        raise ValueError(f"`seeds` must be at least 1. Received: {seeds}")

    # before images are looked at, those of which nothing has been trained
    new = [s.recipe for s in asked if s.recipe and not finished_runs(runs, s.recipe)]
    require_trainable_in_child(*new)
    planner = _Planner(data, runs)
    judged = planner.plan(load_recipe(task), seed=0) if task else None
    plans = {
        side.name: [planner.plan(side.recipe, seed) for seed in seeds]
        for side in asked
        if side.recipe
    }
    firsts = {name: of_side[0] for name, of_side in plans.items()}
    _check_test_rows(firsts | ({"--task": judged} if judged else {}))
    recipe, manifest = _judged_by(asked, judged or next(iter(firsts.values()), None))
    recipe = _shown(recipe, manifest, primary, groups)
    finished = {
        side.name: [plan.run.path for plan in plans.get(side.name, [])] or side.runs
        for side in asked
    }
    # what is trained already is asked first: a size may be refused
    _predict_missing(asked, finished, data)
    planned = [plan for of_side in plans.values() for plan in of_side]
    missing = {p.recipe.name: p.recipe for p in planned if not p.run.is_finished}
    known = {recipe.name for recipe in new}
    require_trainable_in_child(*(r for n, r in missing.items() if n not in known))
    _train_missing(planned)
    _predict_missing(asked, finished, data)
    comparison = _evaluate(
        asked, finished, recipe, manifest, Path(runs), resamples, calibrate
    )
    folders = image_folders(manifest, data, planner.roots) if images else None
    _write(comparison, Path(out), manifest, folders)
    return comparison


def _predict_missing(
    asked: Sequence[Asked],
    finished: Mapping[str, Sequence[Path]],
    data: str | Path | None,
) -> None:
    for side in asked:
        predict_missing(finished[side.name], side.inference, data)


def _check_names(names: Sequence[str]) -> None:
    if len(names) < 2:
        raise ValueError(f"`sides` must be at least two. Received: {list(names)}")
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise ValueError(
            f"`sides` must have names of their own (NAME=PATH). Received twice: {twice}"
        )


def _check_test_rows(plans: Mapping[str, Plan]) -> None:
    """Refuses before the trainings what the evaluation would refuse after them."""
    digests = {name: plan.manifest.test_digest for name, plan in plans.items()}
    if len(set(digests.values())) > 1:
        parts = [f"{digest[:12]} ({name})" for name, digest in digests.items()]
        raise ValueError(
            "`sides` must be scored on the same test rows. Received: "
            f"test rows have different digests: {', '.join(parts)}"
        )


class _Planner:
    """Plans trainings; the rows of a protocol are listed and checked once."""

    def __init__(self, data: str | Path | None, runs: str | Path):
        self.data, self.runs = data, runs
        self.manifests: dict[tuple[str, str], Manifest] = {}

    @property
    def roots(self) -> list[Path]:
        """Where the images of what was planned lie."""
        roots = [manifest.root for manifest in self.manifests.values()]
        return list(dict.fromkeys(root for root in roots if root))

    def plan(self, recipe: Recipe, seed: int) -> Plan:
        return make_plan(
            recipe,
            data=self.data,
            runs=self.runs,
            overrides={"seed": seed},
            rows=self._rows,
        )

    def _rows(self, recipe: Recipe) -> Manifest:
        key = (recipe.task.protocol, recipe.unreadable)
        if key not in self.manifests:
            self.manifests[key] = task_rows(recipe, self.data)
        return self.manifests[key]


def _train_missing(plans: Sequence[Plan]) -> None:
    """Trains in child processes: what one takes or breaks does not touch the others."""
    needed = {one.run.path: one for plan in plans for one in chain_of(plan)}
    for plan in needed.values():
        plan.run.remove_left_behind()
    missing = [plan for plan in needed.values() if not plan.run.is_finished]
    failures, lost = [], set()
    for number, plan in enumerate(missing, start=1):
        name = f"{plan.recipe.name}, seed {plan.recipe.seed}"
        if lost & {one.run.path for one in chain_of(plan)}:
            failures.append(f"{name}: what it starts from failed")
            continue
        print(f"\ntraining {number} of {len(missing)}: {name}", flush=True)
        if reason := _train(plan):
            failures.append(f"{name}: {reason}")
            lost.add(plan.run.path)
    if failures:
        raise TrainingsFailed(
            f"{len(failures)} of {len(needed)} trainings failed; the finished ones are "
            "kept and used by the next call:\n" + "\n".join(f"- {f}" for f in failures)
        )


def _train(plan: Plan) -> str | None:
    """Trains in a child process, or waits for the process that is at it.

    Returns:
        Why it failed; None if the run is finished.
    """
    while True:
        plan.run.wait()
        if plan.run.is_finished:
            return None
        reason = train_in_child(plan, resume=plan.run.checkpoint.is_file())
        # another comparison may have begun it in the same moment
        if not plan.run.is_held:
            return None if plan.run.is_finished else reason


def _judged_by(asked: Sequence[Asked], plan: Plan | None) -> tuple[Recipe, Manifest]:
    """The recipe whose task holds and the manifest with the truth.

    Args:
        asked: The sides.
        plan: That of the task, or else of the first side that is a recipe, if one is:
            what is shown is as it is asked for now, not as it was when a run was made.
    """
    first = next((side for side in asked if not side.tables), None)
    if plan and not (first and first.runs):
        return plan.recipe, plan.manifest
    if first is None:
        raise ValueError(
            "`task` must name the recipe whose rows hold, since all sides are tables. "
            "Received: None"
        )
    run = Run(first.runs[0])
    return run.recipe, run.manifest


def _shown(
    recipe: Recipe,
    manifest: Manifest,
    primary: str | None,
    groups: Sequence[str] | None,
) -> Recipe:
    """The recipe with another primary metric and other groups, if they are given."""
    if groups is not None:
        if unknown := [name for name in groups if name not in manifest.table]:
            raise ValueError(
                "`groups` must be columns of the manifest. "
                f"{nearest(unknown[0], manifest.columns)} Received: {unknown}"
            )
        recipe = load_recipe(recipe, {"task.groups": list(groups)})
    if primary is not None:
        target, _, metric = primary.partition(".")
        metrics = dict(recipe.task.targets).get(target)
        if metrics is None:
            raise ValueError(
                "`primary` must be <target>.<metric>. "
                f"{nearest(target, recipe.task.targets)} Received: {primary!r}"
            )
        listed = list(dict.fromkeys([*metrics.metrics, metric]))
        change = {f"task.targets.{target}.metrics": listed, "primary": primary}
        recipe = load_recipe(recipe, change)
        require_scores(recipe)
    return recipe


def _evaluate(
    asked: Sequence[Asked],
    finished: Mapping[str, Sequence[Path]],
    recipe: Recipe,
    manifest: Manifest,
    runs: Path,
    resamples: int,
    calibrate: bool,
) -> Comparison:
    from kpoc.evaluation import evaluate, side_from_run_dirs, side_from_tables
    from kpoc.evaluation.comparison import Comparison

    sides = [
        side_from_tables(side.name, side.tables)
        if side.tables
        else side_from_run_dirs(side.name, finished[side.name], side.inference)
        for side in asked
    ]
    scorings = Scorings(runs)
    content = evaluate(
        sides,
        targets=recipe.task.targets,
        groups=recipe.task.groups,
        primary=recipe.primary,
        manifest=manifest.table,
        resamples=resamples,
        calibrate=calibrate,
        data={
            "protocol": manifest.meta.get("protocol"),
            "synthetic": bool(manifest.meta.get("synthetic")),
            "digest": manifest.digest,
            "test_digest": manifest.test_digest,
            "counts": manifest.counts,
            "test_scorings": scorings.count(manifest.test_digest) + 1,
            **_for_cards(manifest.meta),
        },
        command=this_command(),
    )
    scorings.note(manifest.test_digest, [side.name for side in asked])
    return Comparison(content)


def _write(
    comparison: Comparison,
    out: Path,
    manifest: Manifest,
    folders: Sequence[Path] | None,
) -> None:
    """Writes the files and the page, with test images if there are folders of them."""
    from kpoc.pictures.thumbnails import find_thumbnails
    from kpoc.report import shown_ids, write_page
    from kpoc.report.card import write_side_cards

    content = comparison.to_dict()
    folder = out / folder_name([side["name"] for side in content["sides"]])
    comparison.save(folder)
    thumbnails = None
    if folders is not None:
        rows = manifest.rows("test")
        rows = rows[rows["id"].isin(shown_ids(content))]
        thumbnails = find_thumbnails(rows, folders)
    comparison.page = write_page(content, folder, thumbnails)
    comparison.cards = write_side_cards(content, folder)


def _for_cards(meta: Mapping) -> dict[str, object]:
    """What model cards say of the data, from the manifest's meta."""
    fields = ("description", "source", "citation", "licence", "overlap", "card")
    return {
        **{field: meta.get(field) for field in fields},
        "left_out": len(meta.get("reported", [])),
        "steps": [
            {field: step[field] for field in ("name", "parameters", "counts")}
            for step in meta.get("steps", [])
        ],
    }


def folder_name(sides: Sequence[str]) -> str:
    """The name of a comparison's folder: the sides' names, or some of many.

    A file system takes 255 bytes, which eight names of recipes exceed.

    Example:
        >>> folder_name(["faces/baseline", "faces/lmf"])
        'faces.baseline-vs-faces.lmf'
        >>> folder_name(["faces/baseline", *(f"faces/{k * 30}" for k in "abcdefgh")])
        'faces.baseline-vs-8-others-ea609a87'
    """
    names = [name.replace("/", ".") for name in sides]
    joined = "-vs-".join(names)
    if len(joined.encode()) <= LONGEST_NAME:
        return joined
    return f"{names[0][:40]}-vs-{len(names) - 1}-others-{short_digest(joined)}"
