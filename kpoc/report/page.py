"""The comparison's page: one HTML file that needs nothing else."""

import os
import re
from importlib import import_module, resources
from pathlib import Path

from kpoc.files import atomic

_REQUIRED = (
    "title",
    "data",
    "settings",
    "targets",
    "primary",
    "sides",
    "scores",
    "differences",
    "verdict",
)
_OPTIONAL = {
    "created": None,
    "command": None,
    "kpoc_version": None,
    "confusions": {},
    "bands": {},
    "warnings": [],
    "notes": [],
}
_OPTIONAL_DATA = {"protocol": None, "digest": None, "synthetic": False}
_OPTIONAL_SIDE = {
    "description": None,
    "seeds": [],
    "runs": [],
    "foreign": False,
    "cost": [],
    "budget": {},
    "history": [],
    "recipe": None,
    "environment": None,
}


def write_page(comparison: dict, folder: str | os.PathLike) -> Path:
    """Write a comparison as one self-contained page.

    The page makes no request at all (its content security policy forbids any),
    so it can be opened from a disk, mailed and printed.

    Args:
        comparison: The comparison as a plain dict, schema 1.
        folder: Where `index.html` goes; made if it isn't there.

    Returns:
        The path of the page.

    Raises:
        ValueError: If `comparison` has another schema or misses required keys.
    """
    html = render_page(comparison)
    path = Path(folder) / "index.html"
    with atomic(path) as part:
        part.write_text(html, encoding="utf-8", newline="\n")
    return path


def render_page(comparison: dict) -> str:
    """Make the page's HTML.

    Args:
        comparison: As in `write_page`.

    Returns:
        A whole HTML document. The same comparison gives the same text.

    Raises:
        ValueError: As in `write_page`.
    """
    _check(comparison)
    comparison = _complete(comparison)
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("kpoc.report", "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["breakable"] = _breakable
    css = resources.files("kpoc.report").joinpath("templates/page.css")
    return environment.get_template("page.html.jinja").render(
        comparison=comparison,
        css=css.read_text(encoding="utf-8"),
        sections=_sections(comparison, environment),
    )


def _sections(comparison: dict, environment) -> list[dict]:
    import markupsafe

    from kpoc.report.sections import ORDER

    made = []
    for name in ORDER:
        module = import_module(f"kpoc.report.sections.{name}")
        context = module.context(comparison)
        html = None
        if context is not None:
            template = environment.get_template(f"{name}.html.jinja")
            html = markupsafe.Markup(template.render(**context))
        made.append(
            {
                "name": name,
                "title": module.TITLE,
                "html": html,
                "missing": module.MISSING,
            }
        )
    return made


def _breakable(text: object):
    """Let long names such as `faces/lmf_denseweight` wrap where people would."""
    import markupsafe

    wrap = markupsafe.Markup("<wbr>")
    pieces = re.split(r"(?<=[/_])", str(text))
    return wrap.join(pieces)


def _complete(comparison: dict) -> dict:
    """Name what a side or a comparison may leave out, so that sections needn't."""
    sides = [
        {
            **_OPTIONAL_SIDE,
            **side,
            "weights": {"origin": None, "sha256": None, **(side.get("weights") or {})},
        }
        for side in comparison["sides"]
    ]
    data = {**_OPTIONAL_DATA, **comparison["data"]}
    settings = {"stratified": False, **comparison["settings"]}
    return {
        **_OPTIONAL,
        **comparison,
        "sides": sides,
        "data": data,
        "settings": settings,
    }


def _check(comparison: dict) -> None:
    missing = [key for key in _REQUIRED if key not in comparison]
    if comparison.get("schema") != 1 or missing:
        raise ValueError(
            "`comparison` must be a comparison of schema 1 with the keys "
            f"{', '.join(_REQUIRED)}. Received: schema="
            f"{comparison.get('schema')!r}, missing keys: {missing or 'none'}"
        )
    if not comparison["sides"]:
        raise ValueError("`comparison` must have at least one side. Received: sides=[]")
