"""What every section of the page promises."""

from __future__ import annotations

import copy
import re

from kpoc.report.page import render_page
from kpoc.report.section import sections
from kpoc.testing.promises import expect


def check_section(name: str, comparison: dict) -> None:
    """Checks what the page relies on.

    The section

    - has `TITLE`, `MISSING`, `PLACE` and `context`;
    - stands in the page with its heading, or says in its place what is missing;
    - leaves the comparison as it was.

    Args:
        name: The section's.
        comparison: A comparison as the page takes it, such as that of
            `comparison.json`.

    Raises:
        AssertionError: A promise is broken; says which.
    """
    found = sections("kpoc.report")
    expect(name in found, f"{name} must be a section of the page")
    module = found[name]
    for attribute in ("TITLE", "MISSING", "PLACE", "context"):
        expect(hasattr(module, attribute), f"{name} must have `{attribute}`")
    before = copy.deepcopy(comparison)
    page = render_page(comparison)
    expect(comparison == before, f"{name} must leave the comparison as it was")
    if module.TITLE:
        there = re.search(rf'<(section|p class="absent") id="{name}"', page)
        expect(there or not module.MISSING, f"{name} must stand in the page")
