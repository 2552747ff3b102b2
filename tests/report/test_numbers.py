import doctest
import math

import pytest

from kpoc.report import flatten, numbers


@pytest.mark.parametrize("module", [numbers, flatten])
def test_examples(module):
    result = doctest.testmod(module)
    assert result.attempted and not result.failed


@pytest.mark.parametrize(
    ("value", "decimals", "signed", "text"),
    [
        (0.7312, 3, False, "0.731"),
        (-0.0124, 3, True, "\u22120.012"),
        (0.0124, 3, True, "+0.012"),
        (-0.0004, 3, True, "0.000"),
        (-0.0, 2, True, "0.00"),
        (14670, 0, False, "14,670"),
        (-1234.56, 1, False, "\u22121,234.6"),
    ],
)
def test_fixed(value, decimals, signed, text):
    assert numbers.fixed(value, decimals, signed) == text


@pytest.mark.parametrize(
    ("low", "high", "decimals"),
    [
        # Two significant digits of the half width.
        (0.700, 0.760, 3),
        (7.1, 8.1, 2),
        (90.0, 110.0, 0),
        (0.0, 2.0, 1),
        (0.0, 0.0018, 5),
        (0.0, 0.001994, 4),
        (1000.0, 9000.0, 0),
        (0.5, 0.5, 3),
        (None, 0.5, 3),
        (math.nan, 0.5, 3),
        (0.0, 1e-12, 6),
    ],
)
def test_decimals_follow_the_interval(low, high, decimals):
    assert numbers.interval_decimals([(low, high)]) == decimals


def test_decimals_follow_the_narrowest_interval():
    assert numbers.interval_decimals([(0, 20.0), (0, 0.06), (None, None)]) == 3


@pytest.mark.parametrize(
    ("write", "value", "text"),
    [
        (numbers.seconds, 0.0431, "43.1 ms"),
        (numbers.seconds, 1.2, "1.20 s"),
        (numbers.seconds, 59.96, "60.0 s"),
        (numbers.seconds, 204, "3.40 min"),
        (numbers.seconds, 7560, "2.10 h"),
        (numbers.seconds, 0, "0 ms"),
        (numbers.milliseconds, 11.24, "11.2 ms"),
        (numbers.file_size, 3_400_000, "3.40 MB"),
        (numbers.file_size, 2_310_000_000, "2.31 GB"),
        (numbers.file_size, 512, "512 bytes"),
        (numbers.images_per_second, 226.4, "226 images/s"),
        (numbers.percent, 0.911, "91.1 %"),
        (numbers.count, 1530656, "1,530,656"),
        (numbers.count, 12.5, "12.5"),
        (numbers.ratio, 1.084, "\u00d71.08"),
        (numbers.p_value, 0.00012, "<0.001"),
        (numbers.p_value, 0.0314, "0.031"),
        (numbers.p_value, 0.0996, "0.10"),
        (numbers.p_value, 1.0, "1.00"),
    ],
)
def test_units(write, value, text):
    assert write(value).replace("\u00a0", " ") == text


def test_percentage_points_are_named():
    assert numbers.points(-0.0124, 1) == "\u22121.2\u00a0pp"


@pytest.mark.parametrize("value", [None, math.nan, math.inf, True, "1", [1]])
def test_not_a_number(value):
    assert not numbers.is_number(value)
