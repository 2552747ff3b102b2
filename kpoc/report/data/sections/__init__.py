"""Sections of the page on data, one file each, as in `kpoc.report.sections`."""

ORDER = [
    "summary",
    "synthetic",
    "warned",
    "steps",
    "labels",
    "tables",
    "values",
    "relations",
    "samples",
    "augmented",
    "sizes",
    "copies",
    "left_out",
    "origin",
]
