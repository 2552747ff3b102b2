"""What a comparison refuses, and what it warns of."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from kpoc.evaluation import predictions
from kpoc.evaluation.few import FEW_ROWS
from kpoc.evaluation.sides import Side
from kpoc.weights import are_pretrained

if TYPE_CHECKING:
    from kpoc.evaluation.part import Subject

ENOUGH_SEEDS = 3


def truth_problems(
    frame: pd.DataFrame, targets: Mapping[str, Mapping], groups: Sequence[str]
) -> list[str]:
    """What is wrong with the test rows of the manifest."""
    found = []
    if "id" not in frame:
        return ["the manifest has no column 'id'"]
    if frame.empty:
        found.append("the manifest has no test rows")
    twice = int(frame["id"].duplicated().sum())
    if twice:
        found.append(f"the manifest has {twice} test ids more than once")
    for name in dict.fromkeys([*targets, *groups]):
        if name not in frame:
            found.append(f"the manifest has no column {name!r}")
        elif frame[name].isna().any():
            found.append(f"{frame[name].isna().sum()} test rows have no {name!r}")
        elif name in targets and targets[name]["classes"] is not None:
            strange = sorted(
                set(frame[name].astype(str)) - set(targets[name]["classes"])
            )
            if strange:
                found.append(f"{name!r} has values that are no classes: {strange[:5]}")
    return found


def side_problems(
    sides: Sequence[Side],
    ids: Sequence[str],
    targets: Mapping[str, Mapping],
    digest: str | None,
) -> list[str]:
    """Why these sides cannot be compared, all reasons."""
    found = []
    if len(sides) < 2:
        found.append(f"there must be two sides or more, not {len(sides)}")
    names = Counter(side.name for side in sides)
    found += [f"side {name!r} stands {n} times" for name, n in names.items() if n > 1]
    digests: dict[str, list[str]] = {digest: ["the manifest"]} if digest else {}
    classes = {name: target["classes"] for name, target in targets.items()}
    for side in sides:
        again = [seed for seed, n in Counter(side.seeds).items() if n > 1]
        if again:
            found.append(f"{side.name}: seeds {again} stand more than once")
        if not side.predictions or len(side.predictions) != len(side.seeds):
            found.append(
                f"{side.name}: {len(side.predictions)} tables of predictions for "
                f"{len(side.seeds)} seeds"
            )
        for seed, table in zip(side.seeds, side.predictions, strict=False):
            wrong = predictions.problems(table, ids, classes)
            found += [f"{side.name}, seed {seed}: {reason}" for reason in wrong]
        for data in side.data:
            users = digests.setdefault(data.get("test_digest"), [])
            if side.name not in users:
                users.append(side.name)
        trained = ((side.recipe or {}).get("task") or {}).get("targets")
        if trained is not None and set(trained) != set(targets):
            found.append(
                f"{side.name}: trained on the targets {sorted(trained)}, not "
                f"{sorted(targets)}"
            )
    digests.pop(None, None)
    if len(digests) > 1:
        parts = [f"{key[:12]} ({', '.join(who)})" for key, who in digests.items()]
        found.append("the test rows have different digests: " + ", ".join(parts))
    return found


def warnings(subject: "Subject") -> list[str]:
    """What is to be warned of before any figure is read."""
    sides, predicted = subject.sides, subject.predicted
    return [
        *seed_warnings(sides),
        *start_warnings(sides),
        *budget_warnings(sides),
        *machine_warnings(sides),
        *overlap_warnings(sides, subject.data["overlap"]),
        *primary_warnings(sides, ".".join(subject.primary)),
        *rows_warnings(sides),
        *range_warnings(subject.targets, predicted),
        *identical_warnings(sides, predicted),
        *strata_warnings(subject.strata),
    ]


def primary_warnings(sides: Sequence[Side], primary: str) -> list[str]:
    """Sides whose recipe names another primary figure than the one that is judged."""
    own = {side.name: (side.recipe or {}).get("primary", primary) for side in sides}
    other = [f"{name} ({figure})" for name, figure in own.items() if figure != primary]
    if not other:
        return []
    return [
        f"All sides are judged by {primary}, but these were made for another figure: "
        f"{', '.join(other)}."
    ]


def range_warnings(
    targets: Mapping[str, Mapping], predicted: Mapping[str, Sequence[Mapping]]
) -> list[str]:
    """Sides that predict numbers which their target cannot have."""
    found = []
    for name, target in targets.items():
        if target["range"] is None:
            continue
        low, high = target["range"]
        for side, models in predicted.items():
            values = np.concatenate([model[name] for model in models])
            beyond = int(((values < low) | (values > high)).sum())
            if beyond:
                found.append(
                    f"{beyond} of {len(values)} predictions of {name} by {side} lie "
                    f"outside of its range, {low:g} to {high:g}: is the unit another?"
                )
    return found


def rows_warnings(sides: Sequence[Side]) -> list[str]:
    """Sides that were trained on other rows, as with a down-sampling."""
    trained = {data["digest"] for side in sides for data in side.data}
    if len(trained) < 2:
        return []
    return [
        "The sides were not trained on the same rows (the test rows are the same): "
        "the comparison is of methods and training rows together."
    ]


def seed_warnings(sides: Sequence[Side]) -> list[str]:
    """Sides with fewer seeds than it takes to know the variance between trainings."""
    found = []
    for side in sides:
        count = len(side.seeds)
        if count == 1:
            found.append(
                f"Only 1 seed of {side.name}: the variance between trainings cannot be "
                f"known. Its intervals count the test rows only and speak of this one "
                f"trained model; another training may well turn the result around."
            )
        elif count < ENOUGH_SEEDS:
            found.append(
                f"Only {count} seeds of {side.name}: the variance between trainings is "
                f"hardly known and the intervals are wide; take {ENOUGH_SEEDS} or more."
            )
    return found


def start_warnings(sides: Sequence[Side]) -> list[str]:
    """Sides all of whose trainings went on from the same one."""
    found = []
    for side in sides:
        nearest = [(of[0]["key"], of[0]["seed"]) for of in side.lineage if of]
        if len(nearest) > 1 and len(set(nearest)) == 1:
            start = side.lineage[0][0]
            found.append(
                f"All {len(nearest)} trainings of {side.name} go on from one training "
                f"of {start['recipe']} (seed {start['seed']}): what is said of it "
                f"holds for this encoder only, since how another one would differ is "
                f"not known."
            )
    return found


def budget_warnings(sides: Sequence[Side]) -> list[str]:
    """Sides that were given another budget than the baseline, and by how much."""
    baseline, *methods = sides
    base, found = baseline.budget(), []
    for side in methods:
        budget = side.budget()
        parts = [
            f"{budget[key]:g} against {base[key]:g} {key} "
            f"({budget[key] / base[key] - 1:+.0%})"
            for key in ("epochs", "trainings")
            if budget[key] and base[key] and budget[key] != base[key]
        ]
        if parts:
            found.append(
                f"Unequal budgets, {side.name} against {baseline.name}: "
                + ", ".join(parts)
                + "."
            )
    return found


def machine_warnings(sides: Sequence[Side]) -> list[str]:
    """Trainings that were made with other software or on another machine."""
    trainings = [made for side in sides for made in side.made_with]
    parts = []
    for name in dict.fromkeys(name for made in trainings for name in made):
        values = [v for made in trainings for v in made.get(name, [None])]
        shown = sorted({"not stated" if v is None else str(v) for v in values})
        if len(shown) > 1:
            parts.append(f"{name} {', '.join(shown)}")
    if not parts:
        return []
    return [
        f"The trainings were not all made alike ({'; '.join(parts)}): differences of "
        f"cost may come from that, and small ones of results."
    ]


def overlap_warnings(sides: Sequence[Side], overlap: str | None) -> list[str]:
    """Test images that the weights a side started from have probably seen."""
    started = [side.name for side in sides if are_pretrained(side.weights)]
    unknown = [
        side.name
        for side in sides
        if side.foreign or (side.is_recorded and not side.recipe.get("weights"))
    ]
    if not overlap or not (started or unknown):
        return []
    parts = []
    if started:
        parts.append(f"Started from pre-trained weights: {', '.join(started)}.")
    if unknown:
        parts.append(f"What these started from is not known: {', '.join(unknown)}.")
    return [" ".join([overlap, *parts])]


def strata_warnings(strata: np.ndarray) -> list[str]:
    """Strata that cannot vary."""
    sizes = pd.Series(strata).value_counts()
    alone = int((sizes == 1).sum())
    if not alone:
        return []
    return [
        f"{alone} of {len(sizes)} strata have a single test row, which cannot vary "
        f"between resamples: intervals are too narrow for their share, "
        f"{alone / len(strata):.1%} of the rows."
    ]


def identical_warnings(
    sides: Sequence[Side], predicted: Mapping[str, Sequence[Mapping]]
) -> list[str]:
    """Trainings with the very same predictions, within a side or between sides."""
    seen: dict[bytes, str] = {}
    found = []
    for side in sides:
        for seed, model in zip(side.seeds, predicted[side.name], strict=True):
            key = b"".join(np.ascontiguousarray(model[t]).tobytes() for t in model)
            label = f"{side.name} seed {seed}"
            if key in seen:
                found.append(f"{label} predicts exactly the same as {seen[key]}.")
            seen.setdefault(key, label)
    return found


def _listed(labels: Sequence[str]) -> str:
    shown = ", ".join(labels[:6])
    return shown + (f" and {len(labels) - 6} more" if len(labels) > 6 else "")


def cell_warnings(
    few: Sequence[str], vanished: Sequence[str], fixed: Sequence[str], level: float
) -> list[str]:
    """Cells to be careful with.

    Args:
        few: Groups' levels with few rows.
        vanished: Cells that are undefined in some resamples.
        fixed: Cells that have a value but no interval.
        level: Confidence level.
    """
    found = []
    if few:
        found.append(
            f"Fewer than {FEW_ROWS} test rows, so intervals are rough: {_listed(few)}."
        )
    if vanished:
        found.append(
            f"Undefined in some resamples, which are left out: {_listed(vanished)}."
        )
    if fixed:
        found.append(
            f"No {100 * level:g} % interval, since the score is undefined or the same "
            f"in every resample (all right, all wrong): {_listed(fixed)}."
        )
    return found
