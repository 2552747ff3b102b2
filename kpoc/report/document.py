"""What every page is made of: sections, one template each, in one HTML file."""

import os
import re
from collections.abc import Mapping
from importlib import resources
from pathlib import Path
from typing import Any

from kpoc.ground.files import atomic
from kpoc.ground.text import visible_lines
from kpoc.report.section import template_text


def write_document(html: str, folder: str | os.PathLike) -> Path:
    """Write a page as `index.html` in a folder, which is made if it isn't there."""
    path = Path(folder) / "index.html"
    with atomic(path) as part:
        part.write_text(html, encoding="utf-8", newline="\n")
    return path


def render_document(
    template: str,
    room: str,
    found: Mapping[str, Any],
    subject: object,
    /,
    **context: object,
) -> str:
    """Put the sections of a page together.

    Args:
        template: The page's template, which extends `document.html.jinja`.
        room: Full name of the package that holds the sections' modules in `sections`
            and the templates, the page's own and the sections', in `templates`.
        found: Modules of the sections by name, from the top.
        subject: What the page is about: what each section's `context` takes.
        **context: What the page's own template takes beside `sections` and `css`.

    Returns:
        A whole HTML document. The same subject gives the same text.
    """
    import jinja2

    rooms = dict.fromkeys([room, "kpoc.report"])
    environment = jinja2.Environment(
        loader=jinja2.ChoiceLoader(
            [jinja2.PackageLoader(name, "templates") for name in rooms]
        ),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        finalize=_visible,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["breakable"] = _breakable
    css = resources.files("kpoc.report").joinpath("templates/page.css")
    return environment.get_template(template).render(
        **context,
        css=css.read_text(encoding="utf-8"),
        sections=[
            _section(name, module, subject, environment)
            for name, module in found.items()
        ],
    )


def _section(name: str, module, subject: object, environment) -> dict:
    import markupsafe

    context = module.context(subject)
    html = None
    if context is not None:
        brought = template_text(module)
        template = (
            environment.get_template(f"{name}.html.jinja")
            if brought is None
            else environment.from_string(brought)
        )
        html = markupsafe.Markup(template.render(**context))
    return {
        "name": name,
        "title": module.TITLE,
        "html": html,
        "missing": module.MISSING,
    }


def _visible(value: object) -> object:
    """What a template puts out; HTML that was made before is left as it is."""
    is_text = isinstance(value, str) and not hasattr(value, "__html__")
    return visible_lines(value) if is_text else value


def _breakable(text: object):
    """Let long names such as `faces/lmf_denseweight` wrap where people would."""
    import markupsafe

    wrap = markupsafe.Markup("<wbr>")
    pieces = re.split(r"(?<=[/_])", visible_lines(str(text)))
    return wrap.join(pieces)
