import pytest

from kpoc.ground.threads import in_threads


def test_items_are_taken_as_they_are_needed():
    taken = []

    def items():
        for number in range(10_000):
            taken.append(number)
            yield number

    results = in_threads(lambda number: number + 1, items(), threads=3)
    assert next(results) == 1
    assert len(taken) < 2_000
    assert list(results) == list(range(2, 10_001))


def test_an_error_reaches_the_caller():
    with pytest.raises(ZeroDivisionError):
        list(in_threads(lambda number: 1 / number, [1, 0], threads=2))
