"""Builds comparisons as the evaluation room hands them over, from a generator."""

import math

import numpy as np

NAMES = ["faces/baseline", "faces/lmf_denseweight", "faces/weights", "faces/half"]
GROUPS = {"gender": ["Male", "Female"], "age_band": ["1-10", "11-20", "21-30", "31-40"]}


def _interval(rng, estimate, half):
    return {
        "estimate": estimate,
        "low": estimate - half * rng.uniform(0.9, 1.1),
        "high": estimate + half * rng.uniform(0.9, 1.1),
    }


def _verdict(low, high, better):
    if low <= 0 <= high:
        return "no clear difference"
    return "better" if (low > 0) == (better == "higher") else "worse"


def _targets(classes):
    return {
        "age": {
            "kind": "regression",
            "unit": "years",
            "classes": None,
            "range": [1, 80],
        },
        "gender": {
            "kind": "binary",
            "unit": None,
            "classes": ["Male", "Female"],
            "range": None,
        },
        "ethnicity": {
            "kind": "categorical",
            "unit": None,
            "classes": classes,
            "range": None,
        },
    }


def _rows(targets):
    """(target, metric, unit, better, group, level, n, base, half) of all scores."""
    for name, target in targets.items():
        regression = target["kind"] == "regression"
        metrics = ["mae"] if regression else ["accuracy", "macro_f1"]
        for metric in metrics:
            look = (target["unit"], "lower" if regression else "higher")
            base, half = (7.6, 0.42) if regression else (0.79, 0.021)
            yield (name, metric, *look, None, None, 640, base, half)
            for group, levels in GROUPS.items():
                for level in levels:
                    yield (
                        name,
                        metric,
                        *look,
                        group,
                        level,
                        640 // len(levels),
                        base,
                        half * 2,
                    )
        if not regression:
            for metric in ("f1", "recall"):
                for level in target["classes"]:
                    yield (
                        name,
                        metric,
                        None,
                        "higher",
                        "class",
                        level,
                        max(640 // len(target["classes"]), 5),
                        0.76,
                        0.045,
                    )


def _scores(rng, targets, names, seeds):
    scores, differences = [], []
    for name, metric, unit, better, group, level, n, base, half in _rows(targets):
        spread = 0.1 * base if group else 0
        base = base + rng.uniform(-spread, spread)
        key = {
            "target": name,
            "metric": metric,
            "better": better,
            "unit": unit,
            "group": group,
            "level": level,
        }
        for i, side in enumerate(names):
            estimate = base + i * half * rng.uniform(-0.5, 2.2)
            scores.append(
                {
                    **key,
                    "side": side,
                    "n": n,
                    **_interval(rng, estimate, half),
                    "per_seed": [
                        estimate + rng.normal(0, half / 3) for _ in range(seeds)
                    ],
                }
            )
            if i == 0:
                first = estimate
                continue
            found = _interval(rng, estimate - first, half * 0.8)
            found["difference"] = found.pop("estimate")
            primary = (name, metric, group) == ("ethnicity", "macro_f1", None)
            value = found["difference"]
            near = value - found["low"] if value > 0 else found["high"] - value
            z = 1.96 * abs(value) / near
            p = math.erfc(z / math.sqrt(2))
            differences.append(
                {
                    **key,
                    "side": side,
                    "baseline": names[0],
                    **found,
                    "p": p,
                    "p_holm": None if primary else min(1.0, 4 * p),
                    "primary": primary,
                    "verdict": _verdict(found["low"], found["high"], better),
                }
            )
    return scores, differences


def _sentence(row, scores):
    if row is None:
        return "There is nothing to compare with."
    ours, theirs = (
        next(
            s["estimate"]
            for s in scores
            if s["side"] == name
            and s["group"] is None
            and (s["target"], s["metric"]) == (row["target"], row["metric"])
        )
        for name in (row["side"], row["baseline"])
    )
    start = {
        "better": f"{row['side']} is better than {row['baseline']}",
        "worse": f"{row['side']} is worse than {row['baseline']}",
    }.get(
        row["verdict"],
        f"No clear difference between {row['side']} and {row['baseline']}",
    )
    return (
        f"{start} on macro f1 of ethnicity (higher is better): {ours:.3f} against "
        f"{theirs:.3f}, difference {row['difference']:+.3f}, 95 % interval "
        f"{row['low']:+.3f} to {row['high']:+.3f} (640 test rows, 3 seeds each)."
    )


def _side(rng, i, name, seeds, epochs, targets):
    loss = "binary_crossentropy" if i == 0 else "lmf"
    cost = [
        {
            "train_seconds": 812.4 + 31 * i + rng.normal(0, 9),
            "compile_seconds": 4.21,
            "evaluation_seconds": 3.3 + i,
            "images_per_second": 226.0 - 5 * i + rng.normal(0, 2),
            "epochs": epochs,
            "parameters": 1530656 + i,
            "trainable_parameters": 1518240,
            "file_bytes": 6412345,
            "peak_memory_bytes": 2_310_000_000 + i * 10**7,
            "latency_ms": {"p50": 11.2 + rng.normal(0, 0.1), "p95": 14.9},
            "xla": False,
        }
        for _ in range(seeds)
    ]
    history = [
        [
            {
                "epoch": e + 1,
                "seconds": 54.0,
                "loss": 3.1 * np.exp(-e / 4) + 0.4 + rng.normal(0, 0.02),
                "val_loss": 2.6 * np.exp(-e / 4)
                + 0.9
                + 0.012 * e
                + rng.normal(0, 0.04),
            }
            for e in range(epochs)
        ]
        for _ in range(seeds)
    ]
    return {
        "name": name,
        "description": ["Cross-entropy and MAE.", "LMF and DenseWeight."][min(i, 1)],
        "seeds": list(range(seeds)),
        "foreign": False,
        "runs": [f"runs/{name}/3f9c1e-seed{s}" for s in range(seeds)],
        "cost": cost,
        "history": history,
        "digest": "ab12" * 16,
        "composition": {
            name: {
                "levels": target["classes"],
                "counts": {
                    split: [rows * (k + 2) for k in range(len(target["classes"]))]
                    if split == "train"
                    else [rows] * len(target["classes"])
                    for split, rows in (("train", 100), ("test", 10))
                },
            }
            for name, target in targets.items()
            if target["classes"]
        },
        "budget": {"epochs": epochs, "trainings": seeds, "train_seconds": 2437.2},
        "weights": {"origin": "torchvision IMAGENET1K_V1", "sha256": "9f2c" * 16},
        "recipe": {
            "name": name,
            "primary": "ethnicity.macro_f1",
            "image_size": 160,
            "task": {
                "protocol": "faces",
                "targets": {
                    "gender": {"kind": "binary", "loss": {"name": loss}, "weight": 1.0}
                },
            },
            "model": {"backbone": "mobilenet_v3_small", "weights": "imagenet"},
            "epochs": epochs,
        },
        "environment": {
            "python": "3.11.2",
            "keras": "3.15.1",
            "cpu": {"cores": 2, "model": "x86-64"},
        },
    }


def _bounded(rng, estimate, half, digits=4):
    found = _interval(rng, estimate, half)
    return {key: round(value, digits) for key, value in found.items()}


def _differences_of(rng, row, baseline, half):
    found = _bounded(rng, row["estimate"] - baseline["estimate"], half)
    found["difference"] = found.pop("estimate")
    labels = {k: row[k] for k in row if k in LABELS}
    return {
        **labels,
        "baseline": baseline["side"],
        **found,
        "p": 0.2,
        "p_holm": 0.8,
        "verdict": _verdict(found["low"], found["high"], "lower"),
    }


LABELS = {"target", "metric", "measure", "group", "unit", "side", "scaled", "n"}


def _calibration(rng, targets, names, seeds, calibrated):
    """The part `calibration`; the last side brings no validation predictions."""
    able = names[:-1] if len(names) > 1 else names
    states = [(False, names)] + [(True, able)] * calibrated
    classes = [name for name, target in targets.items() if target["classes"]]
    scores, differences, diagrams = [], [], {name: {} for name in classes}
    for scaled, sides in states:
        for target in classes:
            rows = {}
            for metric, base in {
                "ece": 0.09,
                "overconfidence": 0.05,
                "nll": 0.62,
                "brier": 0.3,
            }.items():
                for i, side in enumerate(sides):
                    estimate = base * (0.5 if scaled else 1 + 0.3 * i)
                    rows[metric, side] = row = {
                        "scaled": scaled,
                        "target": target,
                        "metric": metric,
                        "side": side,
                        "n": 640,
                        **_bounded(rng, estimate, 0.02),
                        "per_seed": [estimate] * seeds,
                        "chance": 0.031 if metric == "ece" else None,
                    }
                    scores.append(row)
                    if i and metric != "overconfidence":
                        first = rows[metric, names[0]]
                        differences.append(_differences_of(rng, row, first, 0.03))
            for side in sides:
                points = [
                    {
                        "bin": b,
                        "confidence": (b + 0.6) / 15,
                        **_bounded(rng, (b + 0.6) / 15 - 0.08, 0.06),
                        "rows": 4.0 + 20 * (b - 5),
                    }
                    for b in range(5, 15)
                ]
                for point in points:
                    point["accuracy"] = point.pop("estimate")
                place = diagrams[target].setdefault(side, {"scaled": None})
                place["scaled" if scaled else "raw"] = points
    return {
        "bins": 15,
        "calibrated": calibrated,
        "mix": dict.fromkeys(classes, 0.214),
        "scores": scores,
        "differences": differences,
        "diagrams": diagrams,
        "temperatures": {
            target: {side: [1.31, 1.4, 100.0][:seeds] for side in able * calibrated}
            for target in classes
        },
        "not_scaled": {
            name: "no validation predictions"
            for name in names
            if calibrated and name not in able
        },
    }


def _gaps(rng, targets, names, seeds):
    scores, differences = [], []
    for name, target in targets.items():
        for group, levels in GROUPS.items():
            asked = [("gap", "mae" if target["unit"] else "accuracy")]
            if target["kind"] == "binary" and group != name:
                asked += [("demographic_parity_difference", None)]
                asked += [("equalized_odds_difference", None)]
            for measure, metric in asked:
                base = 1.4 if target["unit"] else 0.11
                rows = []
                for i, side in enumerate(names):
                    estimate = base * (1 + 0.2 * i)
                    known = measure != "equalized_odds_difference"
                    rows.append(
                        {
                            "target": name,
                            "metric": metric,
                            "unit": target["unit"],
                            "group": group,
                            "side": side,
                            "n": 640,
                            **_bounded(rng, estimate, base / 2),
                            "per_seed": [estimate] * seeds,
                            "measure": measure,
                            "worst": levels[0] if known else None,
                            "best": levels[-1] if known else None,
                            "levels": len(levels),
                            "left_out": ["81-90"] if group == "age_band" else [],
                            "chance": base / 3,
                            "truth": 0.02 if "parity" in measure else None,
                        }
                    )
                scores += rows
                differences += [
                    _differences_of(rng, row, rows[0], base / 2) for row in rows[1:]
                ]
    return {"scores": scores, "differences": differences}


def make_comparison(
    seed=0,
    sides=2,
    classes=4,
    seeds=3,
    epochs=15,
    synthetic=True,
    names=None,
    slim=False,
    calibrated=False,
):
    """A comparison of `sides` sides on `classes` classes, as JSON would have it.

    A slim one has overall figures only, which draws fast.
    """
    rng = np.random.default_rng(seed)
    labels = ["White", "Black", "Asian", "Indian"][:classes]
    labels += [f"Kind {i:02d}" for i in range(len(labels), classes)]
    names = names or NAMES[:sides]
    targets = _targets(labels)
    scores, differences = _scores(rng, targets, names, seeds)
    if slim:
        scores = [row for row in scores if row["group"] is None]
        differences = [row for row in differences if row["group"] is None]
    primary = next((row for row in differences if row["primary"]), None)
    code = primary["verdict"] if primary else "unknown"
    bands = [f"{10 * i + 1}-{10 * i + 10}" for i in range(8)]
    confusions = {}
    for name, target in targets.items():
        if target["classes"]:
            k = len(target["classes"])
            confusions[name] = {
                "classes": target["classes"],
                "support": [640 // k] * k,
                "order": list(range(k))[:: -1 if k > 12 else 1],
                "probabilities": {
                    side: np.round(
                        0.4 * rng.dirichlet(np.ones(k), k) + 0.6 * np.eye(k), 6
                    ).tolist()
                    for side in names
                },
                "sides": {
                    side: rng.dirichlet(np.ones(k), k)
                    .__mul__(0.25)
                    .__add__(0.75 * np.eye(k))
                    .tolist()
                    for side in names
                },
            }
    return {
        "schema": 1,
        "created": "2026-01-01T12:00:00Z",
        "command": "kpoc compare " + " ".join(names),
        "title": " vs ".join(names),
        "kpoc_version": "0.1.0",
        "data": {
            "protocol": "faces",
            "synthetic": synthetic,
            "digest": "ab12" * 16,
            "counts": {"train": 14670, "validation": 3668, "test": 640},
            "test_scorings": 3,
            "strata": 64,
        },
        "settings": {"resamples": 10000, "level": 0.95, "seed": 0, "stratified": True},
        "targets": targets,
        "primary": {"target": "ethnicity", "metric": "macro_f1"},
        "sides": [
            _side(rng, i, name, seeds, epochs, targets) for i, name in enumerate(names)
        ],
        "scores": scores,
        "differences": differences,
        "verdict": {"code": code, "text": _sentence(primary, scores)},
        "confusions": {} if slim else confusions,
        "top_k": {}
        if slim or classes <= 12
        else {
            "ethnicity": {
                "k": list(range(1, 11)),
                "sides": {
                    side: [_bounded(rng, 1 - 0.4 / k, 0.03) for k in range(1, 11)]
                    for side in names
                },
            }
        },
        "bands": {}
        if slim
        else {
            "age": {
                "metric": "mae",
                "edges": [1, 11, 21, 31, 41, 51, 61, 71, 81],
                "labels": bands,
                "support": [80] * 8,
                "sides": {
                    side: [_interval(rng, 4 + 0.8 * i + 0.3 * s, 0.8) for i in range(8)]
                    for s, side in enumerate(names)
                },
            }
        },
        "calibration": {}
        if slim
        else _calibration(rng, targets, names, seeds, calibrated),
        "gaps": {} if slim else _gaps(rng, targets, names, seeds),
        "warnings": [] if seeds > 2 else [f"Only {seeds} seeds: luck can't be told."],
        "notes": ["Seeds are trained one after the other on the same machine."],
    }
