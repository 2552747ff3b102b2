"""The page on a protocol's data: what is in it, and what the steps did to it.

- `subject.py` is what the page is about: a manifest and what the check of its files
  found. Everything on the page comes from there, or from the files.
- `page.py` puts the page together, with the machinery of `kpoc.report`.
- `sections/` holds one small file a section, `templates/` its look.
- `association.py` measures how much two columns have to do with each other.
"""

from kpoc.report.data.page import render_data_page, write_data_page
from kpoc.report.data.subject import Augmented, Subject

__all__ = ["Augmented", "Subject", "render_data_page", "write_data_page"]
