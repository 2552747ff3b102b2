"""From a comparison to a page that people can decide on.

This room reads the comparison as one plain dict, imports neither Keras nor
TensorFlow and never touches the network.

- `page.py` puts the page together: `write_page(comparison, folder)`. It shows test
  images if their pictures are handed over (`shown_ids` says of which).
- `section.py` says what a section is and finds them; `register_section` adds a user's.
- `sections/` holds one small file a section, `templates/` its look,
  `figures/` one file a kind of figure.
- `numbers.py` is the only place where a number becomes text.
"""

from kpoc.report.gallery import shown_ids
from kpoc.report.page import render_page, write_page
from kpoc.report.section import register_section

__all__ = ["register_section", "render_page", "shown_ids", "write_page"]
