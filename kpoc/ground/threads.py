"""The same work on many items, in threads."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")

_AT_ONCE = 1024


def in_threads(
    function: Callable[[Item], Result], items: Iterable[Item], threads: int
) -> Iterator[Result]:
    """Applies a function to each item, in threads.

    An executor's own `map` takes all items at once and keeps a waiting task for each.

    Args:
        function: What is done to an item.
        items: The items; they are taken as they are needed.
        threads: Number of threads.

    Yields:
        The results, in the order of the items.

    Example:
        >>> list(in_threads(abs, [-1, 2, -3], threads=2))
        [1, 2, 3]
    """
    items = iter(items)
    with ThreadPoolExecutor(threads) as pool:
        while part := list(itertools.islice(items, _AT_ONCE)):
            yield from pool.map(function, part)
