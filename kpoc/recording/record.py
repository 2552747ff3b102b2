"""Recording a training loop of the user's own, in whatever library it is written."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from kpoc.ground.schema import validate
from kpoc.protocols.manifest import Manifest
from kpoc.recipe import Recipe, Recorded, load_recipe
from kpoc.recipe.recorded import task_of
from kpoc.recording.recording import Recording, RecordingError
from kpoc.runs.find import find_run
from kpoc.runs.record import data_of
from kpoc.training import machine
from kpoc.training.plan import require_scores, task_rows


def record(
    name: str,
    *,
    task: str | Path | Mapping | Recipe,
    seed: int = 0,
    data: str | Path | None = None,
    runs: str | Path = "runs",
    description: str = "",
    weights: str | None = None,
    settings: Mapping[str, Any] | None = None,
) -> Recording:
    """Records a training that is not kpoc's, for a `with` block around it.

    The block leaves a run directory of the kind `recorded`, with the rows, the epochs,
    times, peak memory, versions, predictions and a card, which `kpoc compare` sets
    beside any other. It keeps no model. Nothing of it needs Keras.

    Args:
        name: What the method is called; its runs lie in `<runs>/<name>`.
        task: The recipe whose rows, targets, groups and primary metric hold, by name,
            path or itself. How it trains does not matter.
        seed: Which of several trainings of the method it is; seeding is up to you.
        data: Where the images lie; by default `$KPOC_DATA`.
        runs: The folder of all runs.
        description: One line for the page.
        weights: What the model starts from, in a few words (`ImageNet-1k, timm`), or
            `random`. Where it is not said, the page says that it is not known.
        settings: Plain values to show beside the settings of others, such as
            `{"learning_rate": 1e-3}`.

    Returns:
        The recording; its block begins the run.

    Raises:
        ValueError: Task, data or settings are not as they must be; or this very method
            was recorded with this seed already.

    Example:
        >>> import kpoc
        >>> with kpoc.record("mine", task="portraits/baseline") as run:
        ...     train = run.rows("train")  # id, path, labels
        ...     run.log(1, loss=0.7, val_loss=0.8)
        ...     run.predictions("validation", {"age": ages, "tribe": probabilities})
        ...     run.predictions("test", "predicted.csv")  # doctest: +SKIP
    """
    recipe = load_recipe(task)
    content = {"name": name, "description": description, **task_of(recipe)}
    content |= {"weights": weights, "settings": dict(settings or {}), "seed": seed}
    recorded = validate(Recorded, content, "the recording")
    require_scores(recorded)
    manifest = task_rows(recipe, data)
    manifest.validate(recorded.task.targets, recorded.task.groups)
    key = recorded.key(manifest.digest)
    run = find_run(runs, recorded, key)
    if run.is_finished:
        raise RecordingError(
            "`name` must be a method that is not recorded with this seed yet: say what "
            "is another in `settings`, take another name or seed, or remove the run. "
            f"Received: {name!r}, recorded in {run.path}"
        )
    return Recording(run, recorded, manifest, _facts(recorded, manifest, key))


def _facts(recorded: Recorded, manifest: Manifest, key: str) -> dict[str, Any]:
    return {
        "kind": "recorded",
        "recipe": recorded.name,
        "seed": recorded.seed,
        "key": key,
        "started": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "versions": machine.versions(),
        "git": machine.git_state(),
        "data": data_of(manifest),
        "weights": {
            **dict.fromkeys(("name", "path", "sha256")),
            "origin": None if recorded.weights == "random" else recorded.weights,
        },
    }
