"""Sections of the page on a search, one file each, as in `kpoc.report.sections`."""

ORDER = [
    "summary",
    "retrained",
    "recipes",
    "progress",
    "parallel",
    "importance",
    "pareto",
    "trials",
    "cost",
    "settings",
]
