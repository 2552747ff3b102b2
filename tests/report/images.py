"""Adds to a comparison what it says of single images and of true against predicted."""

import numpy as np

from kpoc.pictures.thumbnails import Thumbnails, thumbnail

ROWS = 60


def _gallery(rng, target, k):
    if target["classes"] is None:
        rows = [(i, *rng.uniform(1, 80, 2)) for i in rng.permutation(ROWS)[:k]]
        return [
            {"id": f"{i}.png", "truth": a, "answer": b, "error": b - a}
            for i, a, b in rows
        ]
    return [
        {
            "id": f"{i}.png",
            "truth": target["classes"][0],
            "answer": target["classes"][1],
            "probability": rng.uniform(0.5, 1),
            "sides_wrong": 1,
        }
        for i in rng.permutation(ROWS)[:k]
    ]


def _density(rng, names):
    edges = list(0.5 + 4.0 * np.arange(21))
    truth = rng.uniform(1, 80, 400)
    bins = edges[::2]
    made = {}
    for name in names:
        guess = np.clip(0.7 * truth + rng.normal(12, 8, 400), 0.5, 80.5)
        place = np.digitize(truth, bins) - 1
        made[name] = {
            "counts": np.histogram2d(truth, guess, (edges, edges))[0].astype(int),
            "beyond": 2,
            "lines": [
                np.quantile(guess[place == i], [0.1, 0.5, 0.9]).tolist() if i else None
                for i in range(10)
            ],
        }
        made[name]["counts"] = made[name]["counts"].tolist()
    return {
        "edges": edges,
        "bins": {"edges": bins, "support": [40] * 10},
        "quantiles": [0.1, 0.5, 0.9],
        "sides": made,
    }


def _lookalikes(rng, classes, names):
    """Pairs of neighbouring classes, where there are many."""
    return [
        {
            "class": classes[i],
            "other": classes[i + 1],
            "sides": {
                name: dict(
                    zip(("right", "taken", "back"), rng.uniform(0, 1, 3), strict=True)
                )
                for name in names
            },
            "rows": {
                kind: [
                    {"id": f"{row}.png", "probability": rng.uniform(0, 1)}
                    for row in rng.permutation(ROWS)[:6]
                ]
                for kind in ("class", "other")
            },
        }
        for i in range(0, 12, 2)
    ]


def add(comparison, seed=0):
    """The comparison with all that it says of single images."""
    rng = np.random.default_rng([seed, 1])
    names = [side["name"] for side in comparison["sides"]]
    targets = comparison["targets"]
    worst = targets["ethnicity"]["classes"][-1]
    return {
        **comparison,
        "true_predicted": {"age": _density(rng, names)},
        "galleries": {
            target: {
                name: {
                    "wrong": 30 if one["classes"] else None,
                    "worst": _gallery(rng, one, 24),
                    "right": _gallery(rng, one, 24),
                }
                for name in names
            }
            for target, one in targets.items()
        },
        "lookalikes": {
            "ethnicity": _lookalikes(rng, targets["ethnicity"]["classes"], names)
        }
        if len(targets["ethnicity"]["classes"]) > 12
        else {},
        "nobody_helped": {
            "ethnicity": {
                "class": worst,
                "metric": "f1",
                "best_side": names[-1],
                "sides": {
                    name: {"wrong": 9, "worst": _gallery(rng, targets["ethnicity"], 9)}
                    for name in names
                },
            }
        },
    }


def thumbnails(missing=()):
    """Pictures of all rows but `missing`: noise, the worst there is to pack."""
    rng = np.random.default_rng(0)
    picture = thumbnail(rng.integers(0, 255, (96, 96, 3)).astype(np.uint8))
    ids = [f"{i}.png" for i in range(ROWS)]
    return Thumbnails(
        {i: picture for i in ids if i not in missing},
        {i: "no such file" for i in ids if i in missing},
    )
