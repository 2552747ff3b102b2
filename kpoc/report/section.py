"""What a section of a page is, and how a page finds its sections.

A section is a module with

- `TITLE`: its heading, or None for a section without one;
- `MISSING`: the line that stands in its place when it has nothing to show, or None if
  nobody would miss it;
- `PLACE`: a number; sections stand in the order of theirs, then of their names;
- `context(subject) -> dict | None`: what its template needs, None when there is nothing
  for it. The subject of a comparison's page is the comparison, as a dictionary;

and a template, `NAME.html.jinja`. A new section of kpoc's own is a new module in a
page's `sections/` and a template in its `templates/`; nobody edits a list. Somebody
else's is registered, and brings its template beside its file or as a text, `TEMPLATE`.
"""

import importlib
import pkgutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

_REGISTERED: dict[str, dict[str, Any]] = {}


def register_section(module: Any, page: str = "kpoc.report") -> Any:
    """Adds a section to a page.

    Args:
        module: A module, or anything else with a `__name__`, such as a class, with
            `TITLE`, `MISSING`, `PLACE` and `context`; what is told above.
        page: Package of the page: `kpoc.report` for that of a comparison,
            `kpoc.report.data` for that on data, `tuning.report` for that on a search.

    Returns:
        The module, so that a class can be decorated.

    Raises:
        ValueError: With all that it lacks, or if the page has a section of that name.

    Example:
        >>> class Rows:
        ...     TITLE, MISSING, PLACE = "Rows", None, 15
        ...     TEMPLATE = "<p>{{ rows }} test rows.</p>"
        ...
        ...     @staticmethod
        ...     def context(comparison):
        ...         return {"rows": comparison["data"]["counts"]["test"]}
        >>> register_section(Rows).__name__  # doctest: +SKIP
        'Rows'
    """
    name = name_of(module)
    wrong = problems(module)
    if name in _own(page) or _REGISTERED.get(page, {}).get(name, module) is not module:
        wrong.append(f"the page {page} has a section {name!r} already")
    if wrong:
        raise ValueError(
            f"`module` must be a section of a page. Received: {name!r}: "
            + "; ".join(wrong)
        )
    _REGISTERED.setdefault(page, {})[name] = module
    return module


def name_of(module: Any) -> str:
    """A section's name: the last part of its module's."""
    return module.__name__.rpartition(".")[2]


def problems(module: Any) -> list[str]:
    """What is wrong with somebody else's section."""
    found = [
        f"`{field}` must be a text or None"
        for field in ("TITLE", "MISSING")
        if not isinstance(getattr(module, field, 0), str | None)
    ]
    place = getattr(module, "PLACE", None)
    if isinstance(place, bool) or not isinstance(place, int | float):
        found.append("`PLACE` must be a number")
    if not callable(getattr(module, "context", None)):
        found.append("`context` must be a function of what the page is about")
    if template_text(module) is None:
        found.append(
            f"it must have a text `TEMPLATE`, or {name_of(module)}.html.jinja beside "
            "its file"
        )
    return found


def template_text(module: Any) -> str | None:
    """The template that somebody else's section brings; None where there is none."""
    text = getattr(module, "TEMPLATE", None)
    file = getattr(module, "__file__", None)
    if text is None and file is not None:
        beside = Path(file).with_name(f"{name_of(module)}.html.jinja")
        text = beside.read_text("utf-8") if beside.is_file() else None
    return text


def sections(page: str) -> Mapping[str, Any]:
    """Modules of all sections of a page by name, from the top."""
    package = f"{page}.sections"
    found = {name: importlib.import_module(f"{package}.{name}") for name in _own(page)}
    found |= _REGISTERED.get(page, {})
    return dict(sorted(found.items(), key=lambda item: (item[1].PLACE, item[0])))


def _own(page: str) -> list[str]:
    package = importlib.import_module(f"{page}.sections")
    return [module.name for module in pkgutil.iter_modules(package.__path__)]
