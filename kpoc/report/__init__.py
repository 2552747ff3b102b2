"""From a comparison to a page that people can decide on.

This room reads the comparison as one plain dict, imports neither Keras nor
TensorFlow and never touches the network.

- `page.py` puts the page together: `write_page(comparison, folder)`.
- `sections/` holds one small file a section, `templates/` its look,
  `figures/` one file a kind of figure.
- `numbers.py` is the only place where a number becomes text.
"""

from kpoc.report.page import render_page, write_page

__all__ = ["render_page", "write_page"]
