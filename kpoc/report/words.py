"""Plain words for the names that a comparison carries."""

from kpoc.evaluation import scores

_VERDICTS = {
    "better": ("▲", "better"),
    "worse": ("▼", "worse"),
    "no clear difference": ("≈", "no-clear-difference"),
    "unknown": ("?", "unknown"),
}


def metric_name(metric: str) -> str:
    """Name a score as people say it; one that is not known loses its underscores."""
    known = _score(metric)
    return (known and known.title) or metric.replace("_", " ")


def metric_meaning(metric: str) -> str:
    """Say in one phrase what a score means; empty for one that is not known."""
    known = _score(metric)
    return known.meaning if known else ""


def is_share(metric: str) -> bool:
    """Whether a score is a share of images, in 0 to 1."""
    known = _score(metric)
    return bool(known and known.share)


def _score(metric: str) -> scores.Score | None:
    # pages are also made of comparisons whose scores only a plug-in knew
    return scores.get(metric) if metric in scores.names() else None


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
