"""The main table: every side's overall figures and their differences."""

from kpoc.report import cells, lookup, numbers, words

TITLE = "Results"
MISSING = "No scores: the comparison has none."
PLACE = 40


def context(comparison: dict) -> dict | None:
    """Build one block of rows a metric, the primary one first."""
    pairs = lookup.metrics(comparison, None)
    if not pairs:
        return None
    blocks = [_block(comparison, target, metric) for target, metric in pairs]
    return {
        "level": cells.make_cell(
            ("settings", "level"),
            comparison["settings"].get("level"),
            lambda value: numbers.percent(value, 0),
            "level not known",
        ),
        "blocks": blocks,
        "seeds": [block for block in blocks if any(r["seeds"] for r in block["rows"])],
        "shares": any(block["share"] for block in blocks),
    }


def _block(comparison: dict, target: str, metric: str) -> dict:
    scores = lookup.index(comparison["scores"])
    differences = lookup.index(comparison["differences"])
    names = lookup.side_names(comparison)
    keys = [(target, metric, None, None, name) for name in names]
    found = [scores[key] for key in keys if key in scores]
    deltas = [differences[key] for key in keys if key in differences]
    decimals = lookup.decimals(found + deltas)
    return {
        "target": target,
        "metric": words.metric_name(metric),
        "meaning": words.metric_meaning(metric),
        "unit": lookup.unit(found),
        "direction": words.direction(found[0]["better"]),
        "primary": (target, metric) == lookup.primary(comparison),
        "share": words.is_share(metric),
        "rows": [
            _row(i, key, scores.get(key), differences.get(key), decimals)
            for i, key in enumerate(keys)
        ],
    }


def _row(
    position: int, key: tuple, score: dict | None, delta: dict | None, decimals: int
) -> dict:
    made = {
        "position": position,
        "side": key[-1],
        "score": cells.score(score, decimals),
        "seeds": _seeds(score, decimals),
        "difference": cells.difference(delta, decimals),
        "points": None,
        "p": None,
        "p_holm": None,
        "look": None,
    }
    if delta:
        parts = cells.row_key("differences", delta)
        made["look"] = words.verdict_look(delta["verdict"])
        made["p"] = cells.make_cell((*parts, "p"), delta["p"], numbers.p_value)
        if delta["p_holm"] is not None:
            made["p_holm"] = cells.make_cell(
                (*parts, "p_holm"), delta["p_holm"], numbers.p_value
            )
        if words.is_share(key[1]) and numbers.is_number(delta["difference"]):
            made["points"] = numbers.points(delta["difference"], max(decimals - 2, 0))
    return made


def _seeds(score: dict | None, decimals: int) -> list:
    if not score:
        return []
    parts = cells.row_key("scores", score)
    return [
        cells.make_cell(
            (*parts, "per_seed", i), value, lambda x: numbers.fixed(x, decimals)
        )
        for i, value in enumerate(score.get("per_seed") or [])
    ]
