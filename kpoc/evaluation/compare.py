"""Compare sides on the same test rows: from tables of predictions to one dictionary.

What a comparison is made of stands in `kpoc.evaluation.parts`, a part a file: here each
is made, the bootstrap runs once for all that they ask, and each is read.
"""

import datetime
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from kpoc.evaluation import checks, predictions
from kpoc.evaluation.bootstrap import bootstrap
from kpoc.evaluation.cells import read_targets, true_values
from kpoc.evaluation.content import SCHEMA, Data, read_content
from kpoc.evaluation.part import Part, Subject, ordered
from kpoc.evaluation.sides import Side
from kpoc.version import __version__


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
    subject = Subject(
        sides=sides,
        targets=plain,
        groups=groups,
        primary=(primary_target, primary_metric),
        manifest=manifest,
        frame=frame,
        truth=truth,
        predicted=predicted,
        strata=strata,
        data=known,
        level=level,
        calibrate=calibrate,
    )
    parts: dict[str, Part] = {}
    for name, part in ordered().items():
        parts[name] = part(subject, parts)
    moments = bootstrap(subject.blocks, strata, resamples=resamples, seed=seed)
    found = {name: part.read(moments) for name, part in parts.items()}
    number_of_strata = subject.number_of_strata
    content = {
        "schema": SCHEMA,
        "created": datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
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
        **found,
        "warnings": [
            *checks.warnings(subject),
            *(text for part in parts.values() for text in part.warnings()),
        ],
        "notes": [text for part in parts.values() for text in part.notes()],
    }
    return read_content(content).to_dict()


def _known_data(
    sides: Sequence[Side],
    manifest: pd.DataFrame,
    test_rows: int,
    data: Mapping[str, Any] | None,
) -> dict[str, Any]:
    of_runs = next((each for side in sides for each in side.data), {})
    known = {
        key: (data or {}).get(key, of_runs.get(key))
        for key in Data.model_fields
        if key != "strata"
    }
    if known["counts"] is None:
        known["counts"] = {"test": test_rows}
        if "split" in manifest:
            known["counts"] = manifest["split"].value_counts().to_dict()
    return known
