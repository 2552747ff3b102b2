"""CSV for people: a spreadsheet takes none of its texts for a formula.

A spreadsheet runs a cell that begins with a sign of a formula, and names of classes and
files come from data that anybody may have made. So an apostrophe is put before such a
text, as OWASP advises ("CSV Injection"), also within a text where a spreadsheet of
another locale may divide cells. `exact` takes it away again. Numbers stay as they are.
"""

from __future__ import annotations

import csv
import re

import pandas as pd

# the wide forms are read as signs too, by spreadsheets set to Chinese or Japanese
_SIGNS = r"=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20"
# apostrophes count too: what was there before must be told from what is put there
_BEGINS = re.compile(rf"(^|[;\t\r\n])(?='*[{_SIGNS}])")
_GUARDED = re.compile(rf"(^|[;\t\r\n])'(?='*[{_SIGNS}])")


def harmless(value: object) -> object:
    """A text that no spreadsheet takes for a formula; what is no text as it is.

    Example:
        >>> harmless("=1+1"), harmless("a;=1+1"), harmless("cat"), harmless(-1.5)
        ("'=1+1", "a;'=1+1", 'cat', -1.5)
    """
    return _BEGINS.sub(r"\1'", value) if isinstance(value, str) else value


def exact(value: object) -> object:
    """What a value was before `harmless`.

    Example:
        >>> exact(harmless("=1+1")), exact(harmless("'=1")), exact("'tis"), exact(-1.5)
        ('=1+1', "'=1", "'tis", -1.5)
    """
    return _GUARDED.sub(r"\1", value) if isinstance(value, str) else value


def csv_for_people(table: pd.DataFrame) -> str:
    """A table as CSV that a spreadsheet may open, column names and texts `harmless`.

    Tables that programs read back are written by pandas itself, each text as it is.

    Args:
        table: Its index is left out.

    Example:
        >>> import pandas as pd
        >>> print(csv_for_people(pd.DataFrame({"class": ["=1+1"], "bias": [-0.5]})))
        class,bias
        '=1+1,-0.5
        <BLANKLINE>
    """
    safe = table.copy(deep=False)
    for name in table.select_dtypes(exclude="number"):
        # not `map`, which makes other numbers of those among the texts
        safe[name] = pd.Series(
            [harmless(value) for value in table[name]], table.index, dtype=object
        )
    safe = safe.rename(columns=harmless)
    text = safe.to_csv(index=False, lineterminator="\n")
    if "\r" in text:
        # unquoted by the module `csv`, and the end of a line to those that read it
        how = csv.QUOTE_NONNUMERIC
        text = safe.to_csv(index=False, lineterminator="\n", quoting=how)
    return text
