"""The model card: what a model is, was made from, can do, for whom, and must not do.

`write_run_card` puts one into a run directory, with figures of the validation rows;
`write_side_cards` puts one for each side into a comparison's folder, with those of the
test rows. What only the task's author can know (intended use, ethics, limits) comes
from the protocol's `card`.

- `facts.py` words what a recipe and its trainings say, `data.py` what the rows are,
  `results.py` makes tables of scores, `document.py` puts the Markdown together.

Reference:
    Mitchell et al., Model Cards for Model Reporting, FAT* 2019, for the parts of it.
"""

from kpoc.report.card.of_run import write_run_card
from kpoc.report.card.of_sides import write_side_cards

__all__ = ["write_run_card", "write_side_cards"]
