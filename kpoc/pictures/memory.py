"""The memory that decoding takes, shared by all threads of the process."""

from __future__ import annotations

import contextlib
import ctypes
import threading
from collections.abc import Iterator

from kpoc.pictures.format import ImageFault

_LARGE = 2**25
# of the GNU C library: without it, each thread keeps what its largest picture took
_TRIM = getattr(ctypes.CDLL(None), "malloc_trim", None)


class Room:
    """A number of bytes that threads take for a while; who finds too few waits.

    They are served in the order in which they ask: many small pictures do not keep a
    large one waiting for ever.

    Args:
        total: The number of bytes.
    """

    def __init__(self, total: int):
        self.total = total
        self._free = total
        self._turn = threading.Lock()
        self._changed = threading.Condition()

    @contextlib.contextmanager
    def hold(self, amount: int) -> Iterator[None]:
        """Takes that many bytes for the time of a block; all, if there are fewer.

        Example:
            >>> room = Room(10)
            >>> with room.hold(4), room.hold(6):
            ...     pass
        """
        amount = min(amount, self.total)
        with self._turn, self._changed:
            self._changed.wait_for(lambda: self._free >= amount)
            self._free -= amount
        try:
            yield
        finally:
            if amount >= _LARGE and _TRIM:
                _TRIM(0)
            with self._changed:
                self._free += amount
                self._changed.notify()


FILES = Room(96 * 10**6)
"""Bytes of image files that are in memory at a time; a larger file is there alone."""

PIXELS = Room(816 * 10**6)
"""Bytes that decoders take at a time.

Who holds some of it has taken all of `FILES` that he needs: nobody waits for ever.
"""

MAX_BYTES = FILES.total + PIXELS.total
"""Size of a file that is still read."""


def decoding(
    data: bytes, needed: int, besides: int = 0
) -> contextlib.AbstractContextManager[None]:
    """Room for decoding a file that is in memory, for the time of a block.

    Args:
        data: The file.
        needed: Bytes that its decoder takes at least, however small the result is.
        besides: Bytes of the result and of what is made on the way to it.

    Raises:
        ImageFault: It needs more than there is for all.
    """
    needed += max(0, len(data) - FILES.total)
    if needed > PIXELS.total:
        raise ImageFault(
            "enormous",
            f"decoding takes {needed / 1e6:,.0f} MB of memory, more than "
            f"{PIXELS.total / 1e6:,.0f} MB",
        )
    return PIXELS.hold(needed + besides)
