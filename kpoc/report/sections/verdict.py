"""The verdict in words, and the four answers a decision needs."""

from kpoc.report import cells, costs, lookup, numbers, words

TITLE = None
MISSING = None
PLACE = 10

_COSTS = [
    ("train_seconds", "training time"),
    ("latency_ms.p50", "latency"),
    ("parameters", "parameters"),
]


def context(comparison: dict) -> dict:
    """Build the headline and one row of answers a method."""
    verdict = comparison["verdict"]
    target, metric = lookup.primary(comparison)
    baseline, *methods = comparison["sides"]
    return {
        "look": words.verdict_look(verdict["code"]),
        "headline": _headline(comparison),
        "text": verdict["text"],
        "question": f"{words.metric_name(metric)} of {target}",
        "baseline": baseline["name"],
        "methods": [_answers(comparison, baseline, side) for side in methods],
    }


def _headline(comparison: dict) -> str:
    """The verdict's word; with several methods also whose it is."""
    code = comparison["verdict"]["code"]
    rows = [
        row
        for row in comparison["differences"]
        if row["primary"] and row["group"] is None
    ]
    if code == "better" and len(rows) > 1:
        names = [row["side"] for row in rows if row["verdict"] == code]
        return f"Better: {words.listing(names)}"
    return code[:1].upper() + code[1:]


def _answers(comparison: dict, baseline: dict, side: dict) -> dict:
    target, metric = lookup.primary(comparison)
    scores = lookup.index(comparison["scores"])
    differences = lookup.index(comparison["differences"])
    row = differences.get((target, metric, None, None, side["name"]))
    pair = [
        scores.get((target, metric, None, None, name))
        for name in (baseline["name"], side["name"])
    ]
    # The same digits as in the table, which takes all sides together.
    decimals = lookup.decimals(
        [
            one
            for one in comparison["scores"] + comparison["differences"]
            if (one["target"], one["metric"], one["group"]) == (target, metric, None)
        ]
    )
    return {
        "name": side["name"],
        "look": words.verdict_look(row["verdict"] if row else "unknown"),
        "before": cells.score(pair[0], decimals),
        "after": cells.score(pair[1], decimals),
        "difference": cells.difference(row, decimals),
        "unit": lookup.unit([row] if row else []),
        "metric": words.metric_name(metric),
        "direction": words.direction(row["better"]) if row else "",
        "costs": _costs(baseline, side),
        "whom": _whom(comparison, side["name"]),
    }


def _costs(baseline: dict, side: dict) -> list[dict]:
    found = []
    for field, label in _COSTS:
        ratio = costs.ratio(side, baseline, field)
        if ratio is not None:
            cell = cells.make_cell(
                ("cost", side["name"], field, "ratio"), ratio, numbers.ratio
            )
            found.append({"label": label, "cell": cell})
    return found


def _whom(comparison: dict, side: str) -> list[dict]:
    """Sort the primary target's classes or groups by their own verdicts."""
    target, metric = lookup.primary(comparison)
    rows = [
        row
        for row in comparison["differences"]
        if row["side"] == side and row["target"] == target and row["group"] is not None
    ]
    chosen = [row for row in rows if row["group"] == "class" and row["metric"] == "f1"]
    chosen = chosen or [row for row in rows if row["metric"] == metric]
    called = lookup.level_names(chosen)
    found = []
    for code in ("better", "worse", "no clear difference", "unknown"):
        names = [
            called[row["group"], row["level"]]
            for row in chosen
            if row["verdict"] == code
        ]
        if names:
            found.append(
                {"look": words.verdict_look(code), "names": words.listing(names)}
            )
    return found
