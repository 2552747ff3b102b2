"""Plain words for the names that a comparison carries."""

_METRICS = {
    "accuracy": ("accuracy", "share of images whose answer is right"),
    "balanced_accuracy": (
        "balanced accuracy",
        "mean over the classes of the share of their images found",
    ),
    "macro_f1": (
        "macro F1",
        "mean over the classes of F1, so a rare class counts as much as a "
        "frequent one; 1 is perfect",
    ),
    "f1": (
        "F1",
        "harmonic mean of how much of a class is found and how often its name "
        "is right; 1 is perfect",
    ),
    "recall": ("recall", "share of a class's images that are found"),
    "precision": ("precision", "share of a class's answers that are right"),
    "top3": (
        "top-3 accuracy",
        "share of images whose class is among the three most probable",
    ),
    "cross_entropy": (
        "cross-entropy",
        "mean of -log p of the true class, in nats; 0 is perfect, log K is what equal "
        "probabilities for K classes give",
    ),
    "mae": (
        "mean absolute error",
        "how far off the prediction is on average",
    ),
    "rmse": (
        "root mean squared error",
        "how far off the prediction is, large errors counting more",
    ),
}

# Metrics that are shares of images: their differences are percentage points.
_SHARES = {"accuracy", "balanced_accuracy", "recall", "precision", "top3"}

_VERDICTS = {
    "better": ("▲", "better"),
    "worse": ("▼", "worse"),
    "no clear difference": ("≈", "no-clear-difference"),
    "unknown": ("?", "unknown"),
}


def metric_name(metric: str) -> str:
    """Name a metric as people say it; an unlisted one loses its underscores."""
    return _METRICS.get(metric, (metric.replace("_", " "), ""))[0]


def metric_meaning(metric: str) -> str:
    """Say in one phrase what a metric means; empty for an unlisted one."""
    return _METRICS.get(metric, ("", ""))[1]


def is_share(metric: str) -> bool:
    """Whether a metric is a share of images, in 0 to 1."""
    return metric in _SHARES


def title(name: str) -> str:
    """Write a target's or group's name for a heading: `age_band` is `Age band`."""
    text = str(name).replace("_", " ")
    return text[:1].upper() + text[1:]


def direction(better: str) -> str:
    """Say which way is good: `"higher is better"`."""
    return f"{better} is better"


def verdict_look(code: str) -> dict:
    """Give a verdict's sign and CSS class, so that colour never stands alone."""
    icon, css = _VERDICTS.get(code, _VERDICTS["unknown"])
    return {"word": code, "icon": icon, "css": css}


def listing(names: list, limit: int = 6) -> str:
    """Write names as a list in a sentence, the rest of a long one as a count."""
    shown = [str(name) for name in names[:limit]]
    rest = len(names) - len(shown)
    if rest > 0:
        return ", ".join(shown) + f" and {rest} more"
    if len(shown) > 1:
        return ", ".join(shown[:-1]) + " and " + shown[-1]
    return "".join(shown)
