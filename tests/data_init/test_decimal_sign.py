import pandas as pd
import pytest

from kpoc.data_init.decimal_sign import find_decimals

NO_VALUE = ["", "NA"]


@pytest.mark.parametrize(
    ("texts", "sign"),
    [
        (["1,5", "2,25"], ","),
        (["1.5", "2.25"], "."),
        (["1,234", "56,789"], "."),  # thousands as likely
        (["0,143", "28,429"], ","),  # no thousand begins with 0
        (["1,234", "5,6"], ","),
        (["a,b", "c"], "."),
        (["NA", "1,5"], ","),
        (["1", "2"], "."),
    ],
)
def test_the_decimal_sign_is_a_comma_only_where_nothing_else_is_possible(texts, sign):
    assert find_decimals(pd.DataFrame({"x": texts}), NO_VALUE) == {"x": sign}


@pytest.mark.parametrize("texts", [["12,5", "3,75", "8,25"], ["1,2", "3", "2,3"]])
def test_a_column_of_commas_changes_no_column_of_points(texts):
    table = pd.DataFrame({"size": ["1.5", "2.5", "3"], "n": list("123"), "at": texts})
    found = find_decimals(table, NO_VALUE)
    assert found == {"size": ".", "n": ".", "at": ","}
    others = find_decimals(table[["n", "at"]], NO_VALUE)
    assert others == {"n": ",", "at": ","}


def test_in_a_table_of_semicolons_no_comma_is_of_thousands():
    table = pd.DataFrame({"x": ["1,234", "56,789"]})
    assert find_decimals(table, NO_VALUE, ";") == {"x": ","}
