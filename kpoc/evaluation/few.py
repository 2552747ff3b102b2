"""How many rows are few: the thresholds that evaluation, page and cards share."""

FEW_ROWS = 10
"""Fewer test rows give rough intervals; such a level is left out of the gaps."""

FEW_IN_BIN = 5
"""Fewer rows in a bin of a figure give neither an interval nor quantiles."""

SAY_LITTLE = 30
"""A figure on fewer rows says little, even where it has an interval."""
