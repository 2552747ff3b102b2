"""The page's sections, one file each.

A section is a module with

- `TITLE`: its heading, or None for a section without one;
- `MISSING`: the line that stands in its place when it has nothing to show, or
  None if nobody would miss it;
- `context(comparison) -> dict | None`: what its template needs, None when the
  comparison has nothing for it;

and a template of the same name. A new section is a new file, a new template
and its name in this list.
"""

ORDER = [
    "verdict",
    "synthetic",
    "warned",
    "scores",
    "forest",
    "top_k",
    "classes",
    "confusions",
    "lookalikes",
    "nobody_helped",
    "groups",
    "calibration",
    "bands",
    "true_predicted",
    "galleries",
    "curves",
    "cost",
    "budgets",
    "measured",
    "recipes",
]
