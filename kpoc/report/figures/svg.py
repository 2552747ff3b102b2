"""From a matplotlib figure to SVG that can stand inside a page."""

import hashlib
import io
import re
import warnings
from collections.abc import Callable
from xml.etree import ElementTree

from kpoc.ground.text import visible, visible_lines

_SVG = "http://www.w3.org/2000/svg"
_XLINK = "http://www.w3.org/1999/xlink"

_RC = {
    "svg.fonttype": "none",
    "text.parse_math": False,
    "text.usetex": False,
    "font.family": ["DejaVu Sans"],
    "font.size": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": "#9aa4b0",
    "axes.linewidth": 0.8,
    "axes.titlesize": 9.5,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.labelcolor": "#5a6673",
    "xtick.color": "#9aa4b0",
    "ytick.color": "#9aa4b0",
    "xtick.labelcolor": "#1c2530",
    "ytick.labelcolor": "#1c2530",
    "text.color": "#1c2530",
    "axes.unicode_minus": True,
}


def one_line(text: object) -> str:
    """Make text safe to draw: white space joined, what nobody sees made visible."""
    return visible(" ".join(str(text).split()))


def draw_svg(name: str, title: str, draw: Callable, *args, **options):
    """Draw a figure and return it as SVG for a page.

    Text stays text, ids are unique to `name`, and the same figure always gives
    the same characters.

    Args:
        name: Unique on the page; the ids of the figure are made from it.
        title: What the figure shows, for those who can't see it.
        draw: A function that returns a matplotlib Figure.
        *args: Arguments of `draw`.
        **options: Keyword arguments of `draw`.

    Returns:
        A `markupsafe.Markup`, safe whatever names the data brought.
    """
    import markupsafe
    import matplotlib
    from matplotlib.backends.backend_svg import FigureCanvasSVG

    # The style must not depend on what a notebook has set before.
    with warnings.catch_warnings(), matplotlib.rc_context():
        # A class name in a script that the layout font lacks is drawn by the
        # reader's own font: the SVG keeps the characters.
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        matplotlib.rcdefaults()
        matplotlib.rcParams.update({**_RC, "svg.hashsalt": name})
        figure = draw(*args, **options)
        buffer = io.BytesIO()
        # The canvas itself, as savefig would lay out and draw everything twice.
        FigureCanvasSVG(figure).print_svg(buffer, metadata={"Date": None})
    root = ElementTree.fromstring(buffer.getvalue())
    _trim(root)
    _own_ids(root, "f" + hashlib.sha256(name.encode()).hexdigest()[:10])
    _describe(root, one_line(title))
    ElementTree.register_namespace("", _SVG)
    ElementTree.register_namespace("xlink", _XLINK)
    text = ElementTree.tostring(root, encoding="unicode")
    # also of names that a figure takes as they are
    return markupsafe.Markup(visible_lines(text))  # built by an XML writer


def _trim(root: ElementTree.Element) -> None:
    for parent in list(root.iter()):
        for child in list(parent):
            if child.tag in (f"{{{_SVG}}}metadata", f"{{{_SVG}}}style"):
                parent.remove(child)


def _own_ids(root: ElementTree.Element, prefix: str) -> None:
    for element in root.iter():
        for attribute, value in list(element.attrib.items()):
            if attribute == "id":
                element.set(attribute, f"{prefix}-{value}")
            elif attribute in ("href", f"{{{_XLINK}}}href") and value[:1] == "#":
                element.set(attribute, f"#{prefix}-{value[1:]}")
            elif "url(#" in value:
                element.set(attribute, value.replace("url(#", f"url(#{prefix}-"))
            elif attribute == "style" and "font" in value:
                element.set(
                    attribute,
                    re.sub(r"'DejaVu Sans'[^;]*", "system-ui, sans-serif", value),
                )


def _describe(root: ElementTree.Element, title: str) -> None:
    width, height = root.get("viewBox", "0 0 0 0").split()[2:]
    # Points of the figure are read as 4/3 CSS pixels, so 9 pt text is 12 px.
    root.set("style", f"max-width:{float(width) * 4 / 3 * 1.25:.0f}px")
    root.set("width", f"{float(width) * 4 / 3:.0f}")
    root.set("height", f"{float(height) * 4 / 3:.0f}")
    root.set("role", "img")
    root.set("aria-label", title)
