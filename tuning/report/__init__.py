"""The page on a search, with the machinery of `kpoc.report`.

- `subject.py` is what the page is about.
- `page.py` puts it together.
- `sections/` holds one small file a section, `templates/` its look, `figures/` one file
  a kind of figure.
"""
