"""The process that trains: `python -m tuning.working SOCKET JOB`.

A job is `module:function`; it takes a request and a function to report to. It is
imported here, so the search itself needs neither Keras' backend nor an accelerator.
"""

from __future__ import annotations

import gc
import importlib
import os
import queue
import socket
import sys
import threading
import traceback
from collections.abc import Sequence
from contextlib import contextmanager
from typing import Any

import psutil

from kpoc.ground.streams import accept_all_text
from tuning.channel import Channel
from tuning.failure import of_exception


class Work:
    """What a worker does until its search is gone.

    Args:
        channel: To the search.
        job: What is done for a request.
    """

    def __init__(self, channel: Channel, job):
        self.channel, self.job = channel, job
        self.inbox: queue.Queue[dict] = queue.Queue()
        # its own thread, so that the process ends with the search, in whatever it is
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        while (message := self.channel.receive()) is not None:
            self.inbox.put(message)
        os._exit(0)

    def run(self) -> None:
        """Answers requests, for ever."""
        while True:
            request = self.inbox.get()
            with _words_to(request["log"]):
                try:
                    answer = {"kind": "done", "result": self.job(request, self._watch)}
                except Exception as error:
                    traceback.print_exc()
                    failure = of_exception(error)
                    answer = {"kind": "failed", **vars(failure)}
            gc.collect()
            self.channel.send(**answer, memory=psutil.Process().memory_info().rss)

    def _watch(self, rows: Sequence[dict[str, Any]]) -> bool:
        self.channel.send("epoch", rows=list(rows))
        return self.inbox.get()["go_on"]


@contextmanager
def _words_to(path: str):
    """Turns what the process says, native code too, to the end of a file."""
    saved = [os.dup(1), os.dup(2)]
    with open(path, "ab") as file:
        for descriptor in (1, 2):
            os.dup2(file.fileno(), descriptor)
    try:
        yield
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        for descriptor, old in zip((1, 2), saved, strict=True):
            os.dup2(old, descriptor)
            os.close(old)


def main() -> None:
    """Starts the work."""
    accept_all_text()
    descriptor, job = sys.argv[1:]
    module, _, function = job.partition(":")
    channel = Channel(socket.socket(fileno=int(descriptor)))
    Work(channel, getattr(importlib.import_module(module), function)).run()


if __name__ == "__main__":
    main()
