"""The cards in a comparison's folder: each side, with figures of the test rows."""

import os
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from kpoc.ground import run_files
from kpoc.ground.files import LONGEST_NAME, short_digest
from kpoc.report import history, lookup, numbers, words
from kpoc.report.card import data, facts, recorded, results
from kpoc.report.card.document import Card, Grid, write_card
from kpoc.report.card.of_run import ELSEWHERE, class_tables, text_of
from kpoc.report.sections.calibration import MIX


def write_side_cards(comparison: dict, folder: str | os.PathLike) -> dict[str, Path]:
    """Writes `card.<side>.md` for each side, and `card.md`: the one of the winner.

    The winner is the method with the best primary figure among those that are better
    than the baseline; where none is, the baseline.

    Args:
        comparison: The comparison as a plain dict, schema 1.
        folder: The comparison's folder.

    Returns:
        The path of each side's card, by name.
    """
    chosen, paths = winner(comparison), {}
    files = file_names(lookup.side_names(comparison))
    for side in comparison["sides"]:
        card = side_card(comparison, side["name"])
        paths[side["name"]] = write_card(card, Path(folder) / files[side["name"]])
        if side["name"] == chosen:
            write_card(card, Path(folder) / run_files.CARD)
    return paths


def file_names(sides: Sequence[str]) -> dict[str, str]:
    """The file of each side's card: by its name, if a file can be called so.

    Example:
        >>> file_names(["faces/lmf", "mine"])
        {'faces/lmf': 'card.faces.lmf.md', 'mine': 'card.mine.md'}
    """
    wanted = {name: name.replace("/", ".") for name in sides}
    times = Counter(name.casefold() for name in wanted.values())
    return {
        name: f"card.{short}.md"
        if times[short.casefold()] == 1 and len(short.encode()) <= LONGEST_NAME
        else f"card.{short[:40]}-{short_digest(name)}.md"
        for name, short in wanted.items()
    }


def winner(comparison: dict) -> str:
    """Name of the side that the verdict speaks for; the baseline's if for none."""
    better = [
        row
        for row in comparison["differences"]
        if row["primary"] and row["verdict"] == "better"
    ]
    if not better:
        return comparison["sides"][0]["name"]
    sign = 1 if better[0]["better"] == "higher" else -1
    return max(better, key=lambda row: sign * row["difference"])["side"]


def side_card(comparison: dict, name: str) -> Card:
    """The card of one side."""
    (side,) = (each for each in comparison["sides"] if each["name"] == name)
    known = comparison["data"]
    rows = [row for row in comparison["scores"] if row["side"] == name]
    return Card(
        **_trained_here(known, side, comparison["targets"])
        if side.get("recipe")
        else _stranger(known, side),
        title=name,
        summary=[
            side.get("description") or "",
            f"One side of the comparison {comparison['title']}, made "
            f"{comparison.get('created') or ''} by kpoc "
            f"{comparison.get('kpoc_version') or ''}.",
            comparison["verdict"]["text"],
        ],
        synthetic=bool(known.get("synthetic")),
        measured=_measured(comparison, side),
        results=_tables(comparison, name, rows),
        limits=[*comparison.get("warnings", []), *_mix(comparison, side), ELSEWHERE],
        runs=[]
        if side.get("foreign") or lookup.is_recorded(side)
        else side.get("runs", []),
    )


def _measured(comparison: dict, side: dict) -> list[str]:
    count = comparison["data"].get("counts", {}).get("test")
    scorings = comparison["data"].get("test_scorings")
    level = comparison["settings"].get("level")
    seeds = len(side["seeds"])
    text = (
        f"On the {numbers.count(count)} test rows" if count else "On the test rows"
    ) + f", mean over {seeds} seed{'s' * (seeds != 1)}"
    if level:
        text += f", with {numbers.percent(level, 0)} intervals"
        text += " that count the rows" + (" and the seeds." if seeds > 1 else " alone.")
    else:
        text += "."
    if scorings:
        text += f" It was scoring number {scorings} of these rows."
    return [text]


def _trained_here(known: dict, side: dict, targets: dict) -> dict:
    """What a card says of a side that kpoc trained or recorded, and of its rows."""
    recipe = side["recipe"]
    environment = dict(side.get("environment") or {})
    versions = environment.pop("versions", {})
    of = recorded if lookup.is_recorded(side) else facts
    kept = [int(row["epoch"]) for row in history.best_epochs(side) if row]
    counts = side.get("counts") or known.get("counts") or {}
    return {
        "model": of.model(recipe, side.get("weights") or {}, side),
        "outputs": of.outputs(recipe["task"]["targets"], targets),
        "text": text_of(known),
        "data": data.origin(known | {"digest": side.get("digest")}, counts),
        "tables_of_data": data.tables(known, side.get("composition") or {}),
        "training": of.training(recipe, side, environment, versions, kept),
    }


def _stranger(known: dict, side: dict) -> dict:
    """The same of a side whose predictions came as tables."""
    text = text_of(known)
    # what a protocol does to its train rows says nothing of somebody else's
    own = [f"Of what is trained by this protocol: {limit}" for limit in text["limits"]]
    test = {split: n for split, n in known["counts"].items() if split == "test"}
    rows = data.origin(known | {"digest": None, "left_out": None}, test)
    return {
        "model": [
            ("Made by", "something else than kpoc: only its predictions are known")
        ],
        "outputs": None,
        "text": text | {"limits": own},
        "data": [*rows, ("Trained on", "not known")],
        "tables_of_data": [],
        "training": [("Seeds", ", ".join(map(str, side["seeds"])))],
    }


def _mix(comparison: dict, side: dict) -> list[str]:
    shares = {
        target: _distance(found["counts"])
        for target, found in (side.get("composition") or {}).items()
        if target in comparison["targets"] and "counts" in found
    }
    said = [
        f"{numbers.percent(share)} of the rows in {target}"
        for target, share in shares.items()
        if share > MIX
    ]
    if not said:
        return []
    return [
        "The test rows have another mix of classes than those it was trained on "
        f"({words.listing(said)} would have to be of another class): its probabilities "
        "are right for one mix at most."
    ]


def _distance(counts: dict[str, list[int]]) -> float:
    """Share of the test rows that are of another class than the train rows have it."""
    if not all(sum(counts.get(split, [])) for split in ("train", "test")):
        return 0.0
    train, test = (
        [count / sum(counts[split]) for count in counts[split]]
        for split in ("train", "test")
    )
    return sum(abs(a - b) for a, b in zip(train, test, strict=True)) / 2


def _tables(comparison: dict, name: str, rows: list[dict]) -> list[Grid]:
    baseline = lookup.side_names(comparison)[0]
    deltas = [
        row
        for row in comparison["differences"]
        if row["side"] == name and row["group"] is None
    ]
    primary = lookup.primary(comparison)
    made = [results.overall(rows, primary, None if name == baseline else deltas)]
    made += class_tables(rows, comparison["targets"])
    if gaps := _gaps(comparison, name):
        made.append(gaps)
    if calibration := _calibration(comparison, name):
        made.append(calibration)
    return made


def _gaps(comparison: dict, name: str) -> Grid | None:
    found = (comparison.get("gaps") or {}).get("scores", [])
    rows = []
    for row in found:
        if row["side"] != name:
            continue
        digits = results.decimals([row])
        figure = results.name(row["target"], row["metric"] or row["measure"], [row])
        ends = [row["worst"] or "–", row["best"] or "–"]
        chance = (
            numbers.fixed(row["chance"], digits)
            if numbers.is_number(row["chance"])
            else numbers.NOT_AVAILABLE
        )
        rows.append(
            [row["group"], figure, *ends, results.estimate(row, digits), chance]
        )
    header = ["Group", "Figure", "Worst or least", "Best or most", "Gap", "by chance"]
    return Grid(header, rows, "Gaps between groups", 2) if rows else None


def _calibration(comparison: dict, name: str) -> Grid | None:
    found = comparison.get("calibration") or {}
    lines: dict[tuple, dict] = {}
    for row in found.get("scores", []):
        if row["side"] == name:
            lines.setdefault((row["target"], row["scaled"]), {})[row["metric"]] = row
    if not lines:
        return None
    rows = []
    for (target, scaled), of in sorted(lines.items(), key=lambda line: line[0]):
        texts = [
            results.estimate(
                of[metric], results.decimals([of[metric]]), metric == "overconfidence"
            )
            for metric in ("ece", "overconfidence", "nll", "brier")
        ]
        fitted = found["temperatures"][target].get(name) if scaled else None
        said = ", ".join(numbers.significant(t) for t in fitted) if fitted else "–"
        rows.append([target, "scaled" if scaled else "as predicted", *texts, said])
    header = [
        *("Output", "Probabilities", "Calibration error (ECE)", "Too sure by"),
        *("Negative log-likelihood", "Brier score", "Temperatures"),
    ]
    return Grid(header, rows, words.title("calibration"), numbers=5)
