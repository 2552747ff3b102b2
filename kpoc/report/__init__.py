"""From a comparison to a page that people can decide on.

This room reads the comparison as one plain dict, imports neither Keras nor
TensorFlow and never touches the network.

- `page.py` puts the page together: `write_page(comparison, folder)`. It shows test
  images if their pictures are handed over (`shown_ids` says of which).
- `sections/` holds one small file a section, `templates/` its look,
  `figures/` one file a kind of figure.
- `numbers.py` is the only place where a number becomes text.
"""

from kpoc.report.gallery import shown_ids
from kpoc.report.page import render_page, write_page

__all__ = ["render_page", "shown_ids", "write_page"]
