"""Comparisons as the evaluation room hands them over, made from its types."""

import math
import types
import typing

import numpy as np

from kpoc.evaluation import content
from kpoc.evaluation.parts import bands, calibration, confusions, gaps, top_k

NAMES = ["faces/baseline", "faces/lmf_denseweight", "faces/weights", "faces/half"]
GROUPS = {"gender": ["Male", "Female"], "age_band": ["1-10", "11-20", "21-30", "31-40"]}
PRIMARY = ("ethnicity", "macro_f1")
_USUAL = {str: "text", int: 640, float: 0.2, bool: False, dict: {}, list: []}


def made(kind, /, **given):
    """A dictionary of a type; what it must have and is not given is made up."""
    for name, field in kind.model_fields.items():
        if field.is_required() and name not in given:
            given[name] = _plain(field.annotation)
    return kind.model_validate(given).model_dump(by_alias=True)


def _plain(annotation):
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is typing.Literal:
        return arguments[0]
    if origin in (typing.Union, types.UnionType):
        return _plain(arguments[0])
    return _USUAL[origin or annotation]


def _ends(rng, value, half, name="estimate", digits=12):
    low, high = (value + sign * half * rng.uniform(0.9, 1.1) for sign in (-1, 1))
    found = {name: value, "low": low, "high": high}
    return {key: round(float(number), digits) for key, number in found.items()}


def _contrast(rng, value, half, better, digits=12):
    """A difference with its p and the verdict that its interval gives."""
    found = _ends(rng, value, half, "difference", digits)
    low, high = found["low"], found["high"]
    near = value - low if value > 0 else high - value
    p = math.erfc(1.96 * abs(value) / near / math.sqrt(2))
    if low <= 0 <= high:
        return {**found, "p": p, "verdict": "no clear difference"}
    good = (low > 0) == (better == "higher")
    return {**found, "p": p, "verdict": "better" if good else "worse"}


def _targets(classes):
    return {
        "age": made(content.Target, unit="years", range=[1, 80]),
        "gender": made(content.Target, kind="binary", classes=["Male", "Female"]),
        "ethnicity": made(content.Target, kind="categorical", classes=classes),
    }


def _figures(targets):
    """(labels, base, half) of all scores."""
    for name, target in targets.items():
        number = target["kind"] == "regression"
        labels = {"target": name, "unit": target["unit"]}
        labels["better"] = "lower" if number else "higher"
        base, half = (7.6, 0.42) if number else (0.79, 0.021)
        for metric in ["mae"] if number else ["accuracy", "macro_f1"]:
            yield {**labels, "metric": metric}, base, half
            for group, levels in GROUPS.items():
                place = {"group": group, "n": 640 // len(levels), "metric": metric}
                for level in levels:
                    yield {**labels, **place, "level": level}, base, half * 2
        for metric in () if number else ("f1", "recall"):
            n = max(640 // len(target["classes"]), 5)
            for level in target["classes"]:
                place = {"group": "class", "level": level, "n": n, "metric": metric}
                yield {**labels, **place}, 0.76, 0.045


def _tables(rng, targets, names, seeds):
    """Rows of `scores` and `differences`."""
    scores, differences = [], []
    for labels, base, half in _figures(targets):
        spread = 0.1 * base if "group" in labels else 0
        base = base + rng.uniform(-spread, spread)
        first = None
        for i, side in enumerate(names):
            value = base + i * half * rng.uniform(-0.5, 2.2)
            first = first if i else value
            each = [float(value + rng.normal(0, half / 3)) for _ in range(seeds)]
            row = {**labels, "side": side, **_ends(rng, value, half)}
            scores.append(made(content.ScoreRow, **row, per_seed=each))
            if i:
                row = {key: item for key, item in labels.items() if key != "n"}
                row |= _contrast(rng, value - first, half * 0.8, labels["better"])
                primary = (row["target"], row["metric"]) == PRIMARY
                row["primary"] = primary and "group" not in labels
                row["p_holm"] = None if row["primary"] else min(1.0, 4 * row["p"])
                row |= {"side": side, "baseline": names[0]}
                differences.append(made(content.DifferenceRow, **row))
    return scores, differences


def _sentence(row, scores):
    if row is None:
        return "There is nothing to compare with."
    found = {
        one["side"]: one["estimate"]
        for one in scores
        if one["group"] is None and (one["target"], one["metric"]) == PRIMARY
    }
    ours, theirs = row["side"], row["baseline"]
    start = {
        "better": f"{ours} is better than {theirs}",
        "worse": f"{ours} is worse than {theirs}",
    }.get(row["verdict"], f"No clear difference between {ours} and {theirs}")
    return (
        f"{start} on macro f1 of ethnicity (higher is better): {found[ours]:.3f} "
        f"against {found[theirs]:.3f}, difference {row['difference']:+.3f}, 95 % "
        f"interval {row['low']:+.3f} to {row['high']:+.3f} (640 test rows, 3 seeds "
        f"each)."
    )


def _side(rng, i, name, seeds, epochs, targets):
    loss = {"name": "binary_crossentropy" if i == 0 else "lmf"}
    cost = {"compile_seconds": 4.21, "evaluation_seconds": 3.3 + i, "epochs": epochs}
    cost |= {"parameters": 1530656 + i, "trainable_parameters": 1518240, "xla": False}
    cost |= {"file_bytes": 6412345, "peak_memory_bytes": 2_310_000_000 + i * 10**7}
    costs = [
        {
            "train_seconds": 812.4 + 31 * i + rng.normal(0, 9),
            "images_per_second": 226.0 - 5 * i + rng.normal(0, 2),
            "latency_ms": {"p50": 11.2 + rng.normal(0, 0.1), "p95": 14.9},
            **cost,
        }
        for _ in range(seeds)
    ]

    def losses(e):
        train, validation = (at * np.exp(-e / 4) for at in (3.1, 2.6))
        loss = train + 0.4 + rng.normal(0, 0.02)
        return {"loss": loss, "val_loss": validation + 0.9 + 0.05 * rng.normal()}

    return made(
        content.SideRecord,
        name=name,
        description=["Cross-entropy and MAE.", "LMF and DenseWeight."][min(i, 1)],
        seeds=list(range(seeds)),
        runs=[f"runs/{name}/3f9c1e-seed{s}" for s in range(seeds)],
        cost=costs,
        history=[
            [{"epoch": e + 1, "seconds": 54.0, **losses(e)} for e in range(epochs)]
            for _ in range(seeds)
        ],
        digest="ab12" * 16,
        composition={
            target: {
                "levels": one["classes"],
                "counts": {
                    "train": [100 * (k + 2) for k in range(len(one["classes"]))],
                    "test": [10] * len(one["classes"]),
                },
            }
            for target, one in targets.items()
            if one["classes"]
        },
        budget={"epochs": epochs, "trainings": seeds, "train_seconds": 2437.2},
        weights={"origin": "torchvision IMAGENET1K_V1", "sha256": "9f2c" * 16},
        recipe={
            "name": name,
            "image_size": 160,
            "task": {"targets": {"gender": {"kind": "binary", "loss": loss}}},
            "model": {"backbone": "mobilenet_v3_small", "weights": "imagenet"},
            "epochs": epochs,
        },
        environment={"python": "3.11.2", "cpu": {"cores": 2, "model": "x86-64"}},
    )


def _calibration(rng, targets, names, seeds, calibrated):
    """The part `calibration`; the last side brings no validation predictions."""
    able = names[:-1] if len(names) > 1 else names
    classes = [name for name, target in targets.items() if target["classes"]]
    figures = {"ece": 0.09, "overconfidence": 0.05, "nll": 0.62, "brier": 0.3}
    scores, differences, diagrams = [], [], {name: {} for name in classes}
    for scaled, sides in [(False, names)] + [(True, able)] * calibrated:
        for target in classes:
            for metric, base in figures.items():
                row = {"scaled": scaled, "target": target, "metric": metric}
                for i, side in enumerate(sides):
                    value = base * (0.5 if scaled else 1 + 0.3 * i)
                    ends = _ends(rng, value, 0.02, digits=4)
                    ends["chance"] = 0.031 if metric == "ece" else None
                    ends |= {"per_seed": [value] * seeds, "side": side}
                    scores.append(made(calibration.Figure, **row, **ends))
                    if i and metric != "overconfidence":
                        off = 0.0 if scaled else 0.3 * i * base
                        other = _contrast(rng, off or 1e-6, 0.03, "lower", 4)
                        other |= {"side": side, "baseline": names[0]}
                        kind = calibration.FigureDifference
                        differences.append(made(kind, **row, **other))
            for side in sides:
                diagrams[target].setdefault(side, {})["scaled" if scaled else "raw"] = [
                    made(
                        calibration.Point,
                        bin=b,
                        confidence=(b + 0.6) / 15,
                        rows=4.0 + 20 * (b - 5),
                        **_ends(rng, (b + 0.6) / 15 - 0.08, 0.06, "accuracy", 4),
                    )
                    for b in range(5, 15)
                ]
    degrees = {side: [1.31, 1.4, 100.0][:seeds] for side in able * calibrated}
    lost = [name for name in names if calibrated and name not in able]
    return {
        **{"bins": 15, "calibrated": calibrated, "mix": dict.fromkeys(classes, 0.214)},
        **{"scores": scores, "differences": differences, "diagrams": diagrams},
        "temperatures": dict.fromkeys(classes, degrees),
        "not_scaled": dict.fromkeys(lost, calibration.NO_VALIDATION),
    }


def _gaps(rng, targets, names, seeds):
    found = {"scores": [], "differences": []}
    for name, target in targets.items():
        for group, levels in GROUPS.items():
            asked = [(gaps.GAP, "mae" if target["unit"] else "accuracy")]
            if target["kind"] == "binary" and group != name:
                asked += [(gaps.PARITY, None), (gaps.ODDS, None)]
            for measure, metric in asked:
                base = 1.4 if target["unit"] else 0.11
                row = {"target": name, "metric": metric, "measure": measure}
                row |= {"unit": target["unit"], "group": group}
                known = measure != gaps.ODDS
                more = {
                    "worst": levels[0] if known else None,
                    "best": levels[-1] if known else None,
                    "left_out": ["81-90"] if group == "age_band" else [],
                    "chance": base / 3,
                    "truth": 0.02 if measure == gaps.PARITY else None,
                }
                for i, side in enumerate(names):
                    value = base * (1 + 0.2 * i)
                    ends = _ends(rng, value, base / 2, digits=4)
                    more |= {"side": side, "per_seed": [value] * seeds}
                    found["scores"].append(made(gaps.GapRow, **row, **more, **ends))
                    if i:
                        other = _contrast(rng, 0.2 * i * base, base / 2, "lower", 4)
                        other |= {"side": side, "baseline": names[0]}
                        made_ = made(gaps.GapDifference, **row, **other)
                        found["differences"].append(made_)
    return found


def _confusion(rng, classes, names):
    k = len(classes)

    def matrices(own):
        shares = {side: rng.dirichlet(np.ones(k), k) for side in names}
        return {
            side: np.round((1 - own) * share + own * np.eye(k), 6).tolist()
            for side, share in shares.items()
        }

    return made(
        confusions.Confusion,
        classes=classes,
        support=[640 // k] * k,
        order=list(range(k))[:: -1 if k > 12 else 1],
        probabilities=matrices(0.6),
        sides=matrices(0.75),
    )


def _bands(rng, names):
    edges = list(range(1, 82, 10))
    return made(
        bands.Band,
        metric="mae",
        edges=edges,
        labels=[f"{low}-{low + 9}" for low in edges[:-1]],
        support=[80] * 8,
        sides={
            side: [_ends(rng, 4 + 0.8 * i + 0.3 * s, 0.8) for i in range(8)]
            for s, side in enumerate(names)
        },
    )


def _curves(rng, names):
    ks = list(range(1, top_k.MOST + 1))
    sides = {n: [_ends(rng, 1 - 0.4 / k, 0.03, digits=4) for k in ks] for n in names}
    return made(top_k.Curves, k=ks, sides=sides)


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
    scores, differences = _tables(rng, targets, names, seeds)
    parts = {}
    if slim:
        scores = [row for row in scores if row["group"] is None]
        differences = [row for row in differences if row["group"] is None]
    else:
        parts = {
            "confusions": {
                name: _confusion(rng, target["classes"], names)
                for name, target in targets.items()
                if target["classes"]
            },
            "top_k": {"ethnicity": _curves(rng, names)} if classes > 12 else {},
            "bands": {"age": _bands(rng, names)},
            "calibration": _calibration(rng, targets, names, seeds, calibrated),
            "gaps": _gaps(rng, targets, names, seeds),
        }
    primary = next((row for row in differences if row["primary"]), None)
    code = primary["verdict"] if primary else "unknown"
    whole = {
        "schema": content.SCHEMA,
        "created": "2026-01-01T12:00:00Z",
        "command": "kpoc compare " + " ".join(names),
        "title": " vs ".join(names),
        "kpoc_version": "0.1.0",
        "data": {
            **{"protocol": "faces", "synthetic": synthetic, "digest": "ab12" * 16},
            "counts": {"train": 14670, "validation": 3668, "test": 640},
            **{"test_scorings": 3, "strata": 64},
        },
        "settings": {"resamples": 10000, "level": 0.95, "seed": 0, "stratified": True},
        "targets": targets,
        "primary": dict(zip(("target", "metric"), PRIMARY, strict=True)),
        "sides": [
            _side(rng, i, name, seeds, epochs, targets) for i, name in enumerate(names)
        ],
        "scores": scores,
        "differences": differences,
        "verdict": {"code": code, "text": _sentence(primary, scores)},
        **parts,
        "warnings": [] if seeds > 2 else [f"Only {seeds} seeds: luck can't be told."],
        "notes": ["Seeds are trained one after the other on the same machine."],
    }
    return content.read_content(whole).to_dict()
