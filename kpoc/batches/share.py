"""The part of each batch that one of several processes makes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Share:
    """What a process makes of every batch: as many rows in order as each other process.

    All together are the batch that one process would make, and each row is made by one.

    Attributes:
        process: Number of the process, from 0.
        processes: Number of processes.
        devices: Number of devices of all processes, among which a batch is divided.
    """

    process: int
    processes: int
    devices: int

    def filled(self, rows: int, batch_size: int) -> int:
        """The size that a batch gets, so that it can be divided among the devices.

        A size tells whether a batch was filled up: no full batch has that of one that
        was.

        Args:
            rows: Rows of the batch.
            batch_size: Rows of a full batch, a multiple of the devices.

        Example:
            >>> share = Share(process=0, processes=2, devices=4)
            >>> share.filled(12, 16), share.filled(9, 16), share.filled(15, 16)
            (12, 12, 20)
        """
        size = -(-rows // self.devices) * self.devices
        return size + self.devices * (size == batch_size > rows)

    def of(self, index: np.ndarray, batch_size: int) -> np.ndarray:
        """The row numbers that are this process's, of those of a batch.

        What a batch is filled up with comes last, in the last processes' shares.

        Args:
            index: The row numbers of the batch.
            batch_size: As in `filled`.

        Example:
            >>> Share(process=1, processes=2, devices=2).of(np.arange(5), 8)
            array([3, 4, 4])
        """
        missing = self.filled(len(index), batch_size) - len(index)
        index = np.pad(index, (0, missing), mode="edge")
        own = len(index) // self.processes
        return index[self.process * own :][:own]
