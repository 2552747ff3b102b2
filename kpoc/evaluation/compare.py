"""Compare sides on the same test rows: from tables of predictions to one dictionary."""

import datetime
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from kpoc.evaluation import checks, descriptions, predictions, verdict
from kpoc.evaluation.bootstrap import bootstrap
from kpoc.evaluation.cells import plan, read_targets, true_values
from kpoc.evaluation.comparison import jsonable
from kpoc.evaluation.galleries import Galleries
from kpoc.evaluation.gaps import Gaps
from kpoc.evaluation.lookalikes import lookalikes
from kpoc.evaluation.nobody_helped import nobody_helped
from kpoc.evaluation.reliability import Reliability
from kpoc.evaluation.sides import Side
from kpoc.evaluation.table import Table
from kpoc.evaluation.top_k import TopK
from kpoc.evaluation.true_predicted import true_predicted
from kpoc.version import __version__

_DATA = (
    *("protocol", "synthetic", "digest", "counts", "test_scorings"),
    *("description", "source", "citation", "licence", "overlap", "left_out", "steps"),
    "card",
)


def evaluate(
    sides: Sequence[Side],
    *,
    targets: Mapping[str, Any],
    groups: Sequence[str],
    primary: str,
    manifest: pd.DataFrame | None = None,
    resamples: int = 10_000,
    level: float = 0.95,
    seed: int = 0,
    stratified: bool = True,
    calibrate: bool = False,
    data: Mapping[str, Any] | None = None,
    title: str | None = None,
    command: str | None = None,
) -> dict[str, Any]:
    """Scores, differences, verdict and warnings of a comparison.

    The first side is the baseline. A side's score is the mean over its seeds; its
    interval counts the test rows and the seeds (`kpoc.evaluation.intervals`). p-values
    are Holm-corrected within three families: the primary metric over the methods, the
    other overall figures, and all breakdowns by class and group, the last two called
    exploratory; verdicts follow the corrected p-values, intervals are not corrected.

    Args:
        sides: Two or more, the baseline first.
        targets: By name, mappings or objects with `kind`, `unit`, `classes`, `range`
            and `metrics`, as in a recipe.
        groups: Columns of the manifest to break results down by.
        primary: ``"<target>.<metric>"``, what the verdict is about.
        manifest: Rows with `id`, targets and groups; of a table with a column `split`
            only "test" is scored. `stratum` gives the strata. By default that of the
            first side that comes from run directories.
        resamples: Resamples of the bootstrap.
        level: Confidence level of each interval.
        seed: Seed of the resamples.
        stratified: Resample within the strata, if the manifest has them.
        calibrate: Also show the calibration after temperature scaling, of the sides
            that bring validation predictions.
        data: What is known of the data: protocol, synthetic, digest, counts,
            test_scorings, and what cards say: description, source, citation, licence,
            overlap, left_out, steps, card. Missing ones are taken from the sides' runs.
        title: Title; by default the names of the sides.
        command: Command that led here, for the record.

    Returns:
        A dictionary in types of JSON; what is unknown is None.

    Raises:
        ValueError: With all reasons at once: other test rows, test digests or targets
            between sides, bad predictions or truth, a seed twice, an unknown metric.
    """
    primary_target, _, primary_metric = primary.rpartition(".")
    plain, wrong = read_targets(targets, (primary_target, primary_metric))
    if manifest is None:
        manifests = (side.manifest for side in sides if side.manifest is not None)
        manifest = next(manifests, pd.DataFrame())
    frame = manifest
    if "split" in frame:
        frame = frame[frame["split"] == "test"]
    wrong += checks.truth_problems(frame, plain, groups)
    known = _known_data(sides, manifest, len(frame), data)
    ids = [] if "id" not in frame else frame["id"].astype(str).tolist()
    wrong += checks.side_problems(sides, ids, plain, (data or {}).get("test_digest"))
    if wrong:
        raise ValueError(
            "`sides` must be comparable on the manifest's test rows. Received:\n- "
            + "\n- ".join(wrong)
        )
    frame = frame.assign(id=ids).sort_values("id", ignore_index=True)
    classes = {name: target["classes"] for name, target in plain.items()}
    predicted = {
        side.name: [
            predictions.align(table, frame["id"], classes) for table in side.predictions
        ]
        for side in sides
    }
    truth = {name: true_values(frame[name], of) for name, of in classes.items()}
    strata = np.zeros(len(frame), np.int64)
    if stratified and "stratum" in frame:
        strata = frame["stratum"].astype(str).to_numpy()
    models = [model for side in sides for model in predicted[side.name]]
    blocks, cells = plan(plain, truth, models, frame, groups)
    reliability = Reliability(
        blocks, sides, plain, truth, predicted, manifest, calibrate=calibrate
    )
    gaps = Gaps(blocks, cells, plain, truth, models, frame)
    top_k = TopK(blocks, plain, truth, models)
    moments = bootstrap(blocks, strata, resamples=resamples, seed=seed)
    number_of_strata = len(set(strata))
    free = 1 - number_of_strata / len(frame)
    table = Table(sides, cells, moments, free, level)
    main = (primary_target, primary_metric)
    rows, differences = table.scores(), table.differences(main)
    galleries = Galleries(plain, frame["id"], truth, predicted)
    confusions = descriptions.confusions(plain, truth, predicted)
    return jsonable(
        {
            "schema": 1,
            "created": datetime.datetime.now(datetime.UTC).strftime(
                "%Y-%m-%dT%H:%M:%SZ"
            ),
            "command": command,
            "title": title or " vs ".join(side.name for side in sides),
            "kpoc_version": __version__,
            "data": {**known, "strata": number_of_strata},
            "settings": {
                "resamples": resamples,
                "level": level,
                "seed": seed,
                "stratified": number_of_strata > 1,
            },
            "targets": {
                name: {key: value for key, value in target.items() if key != "metrics"}
                for name, target in plain.items()
            },
            "primary": {"target": primary_target, "metric": primary_metric},
            "sides": [side.as_dict() for side in sides],
            "scores": rows,
            "differences": differences,
            "verdict": _verdict(sides, rows, differences, main, level),
            "confusions": descriptions.stored_confusions(confusions),
            "top_k": top_k.read(moments, table.models, free * len(frame), level),
            "bands": descriptions.bands(plain, rows),
            "calibration": reliability.read(moments, free, level),
            "gaps": gaps.read(sides, moments, free, level),
            "true_predicted": true_predicted(plain, truth, predicted),
            "galleries": galleries.all(),
            "lookalikes": lookalikes(
                plain, frame["id"].tolist(), truth, predicted, confusions
            ),
            "nobody_helped": nobody_helped(plain, rows, galleries),
            "warnings": checks.seed_warnings(sides)
            + checks.start_warnings(sides)
            + checks.budget_warnings(sides)
            + checks.machine_warnings(sides)
            + checks.overlap_warnings(sides, known["overlap"])
            + checks.primary_warnings(sides, primary)
            + checks.rows_warnings(sides)
            + checks.range_warnings(plain, predicted)
            + checks.identical_warnings(sides, predicted)
            + checks.strata_warnings(strata)
            + table.warnings(rows),
            "notes": _notes(differences, level),
        }
    )


def _known_data(
    sides: Sequence[Side],
    manifest: pd.DataFrame,
    test_rows: int,
    data: Mapping[str, Any] | None,
) -> dict[str, Any]:
    of_runs = next((each for side in sides for each in side.data), {})
    known = {key: (data or {}).get(key, of_runs.get(key)) for key in _DATA}
    if known["counts"] is None:
        known["counts"] = {"test": test_rows}
        if "split" in manifest:
            known["counts"] = manifest["split"].value_counts().to_dict()
    return known


def _verdict(
    sides: Sequence[Side],
    rows: Sequence[Mapping[str, Any]],
    differences: Sequence[Mapping[str, Any]],
    primary: tuple[str, str],
    level: float,
) -> dict[str, str]:
    main = [row for row in differences if row["primary"]]
    scored = {
        row["side"]: row
        for row in rows
        if row["group"] is None and (row["target"], row["metric"]) == primary
    }
    seeds = {side.name: len(side.seeds) for side in sides}
    sentences = [
        verdict.sentence(row, scored, seeds, level=level, methods=len(main))
        for row in main
    ]
    return {
        "code": verdict.overall([row["verdict"] for row in main]),
        "text": "\n".join(sentences),
    }


def _notes(differences: Sequence[Mapping[str, Any]], level: float) -> list[str]:
    exploratory = sum(not row["primary"] for row in differences)
    return [
        f"Intervals are {100 * level:g} % each and count the test rows and the seeds; "
        f"they are not corrected for their number.",
        f"{exploratory} differences besides the primary metric are exploratory: their "
        f"verdicts follow p-values corrected (Holm) for the number of overall figures, "
        f"or of breakdowns, so an interval may leave zero out and the verdict still be "
        f"'no clear difference'.",
    ]
