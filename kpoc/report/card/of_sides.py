"""The cards in a comparison's folder: each side, with figures of the test rows."""

import os
from pathlib import Path

from kpoc.report import lookup, numbers, words
from kpoc.report.card import data, facts, results
from kpoc.report.card.document import Card, Grid, write_card
from kpoc.report.card.of_run import ELSEWHERE, NAME, class_tables, text_of
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
    for side in comparison["sides"]:
        card = side_card(comparison, side["name"])
        name = side["name"].replace("/", ".")
        paths[side["name"]] = write_card(card, Path(folder) / f"card.{name}.md")
        if side["name"] == chosen:
            write_card(card, Path(folder) / NAME)
    return paths


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
    known, recipe = comparison["data"], side.get("recipe")
    rows = [row for row in comparison["scores"] if row["side"] == name]
    environment = dict(side.get("environment") or {})
    versions = environment.pop("versions", {})
    trained = recipe is not None
    return Card(
        title=name,
        summary=[
            side.get("description") or "",
            f"One side of the comparison {comparison['title']}, made "
            f"{comparison.get('created') or ''} by kpoc "
            f"{comparison.get('kpoc_version') or ''}.",
            comparison["verdict"]["text"],
        ],
        synthetic=bool(known.get("synthetic")),
        model=facts.model(recipe, side.get("weights") or {}, side)
        if trained
        else [("Made by", "something else than kpoc: only its predictions are known")],
        outputs=facts.outputs(recipe["task"]["targets"]) if trained else None,
        text=text_of(known),
        data=data.origin(known, side.get("counts") or known.get("counts") or {}),
        tables_of_data=data.tables(known, side.get("composition") or {}),
        training=facts.training(recipe, side, environment, versions, _best(side))
        if trained
        else [("Seeds", ", ".join(map(str, side["seeds"])))],
        measured=_measured(comparison, side),
        results=_tables(comparison, name, rows),
        limits=[*comparison.get("warnings", []), *_mix(comparison), ELSEWHERE],
        runs=[] if side.get("foreign") else side.get("runs", []),
    )


def _best(side: dict) -> list[int]:
    """The epoch that each training kept: the best by what its recipe watches."""
    stopping = side["recipe"].get("early_stopping") or {}
    watched = stopping.get("monitor", "val_loss")
    pick = max if stopping.get("mode") == "max" else min
    found = []
    for history in side.get("history") or []:
        rows = [row for row in history if numbers.is_number(row.get(watched))]
        if rows:
            found.append(int(pick(rows, key=lambda row: row[watched])["epoch"]))
    return found


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


def _mix(comparison: dict) -> list[str]:
    found = (comparison.get("calibration") or {}).get("mix", {})
    said = [
        f"{numbers.percent(share)} of the rows in {target}"
        for target, share in found.items()
        if numbers.is_number(share) and share > MIX
    ]
    if not said:
        return []
    return [
        "The test rows have another mix of classes than those it was trained on "
        f"({words.listing(said)} would have to be of another class): its probabilities "
        "are right for one mix at most."
    ]


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
