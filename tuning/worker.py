"""A long-lived process for trials, replaced when it fails or grows."""

from __future__ import annotations

import os
import socket
import subprocess
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from kpoc.ground.child_python import child_command
from tuning.channel import Channel
from tuning.failure import DIVERGED, Failure, Lost, of_exit

GROWTH = 1.06
"""A worker that rests at more memory than this, times what it rested at after its first
trial, is replaced. Keras on TensorFlow keeps some 15 MB of each training's graph."""

_PATIENCE = 10.0


class Worker:
    """Runs the requests of a search, one at a time, in another process.

    Args:
        job: `module:function`, see `tuning.working`.
        environment: Variables that its process has beside those of this one.

    Attributes:
        started: How many processes there were.
    """

    def __init__(self, job: str, environment: Mapping[str, str] | None = None):
        self.job, self.environment = job, dict(environment or {})
        self.started = 0
        self._process: subprocess.Popen | None = None
        self._channel: Channel | None = None
        self._rest: int | None = None
        self._abandoned = False

    def run(
        self,
        request: Mapping[str, Any],
        watch: Callable[[Sequence[dict]], bool],
    ) -> dict[str, Any]:
        """Has a request done.

        Args:
            request: What the job takes, and `log`, a file for what it says.
            watch: Told of every epoch; whether to go on.

        Returns:
            What the job returned.

        Raises:
            Failure: It failed; whatever there is to know about why.
            Lost: `abandon` was called.
        """
        self._abandoned = False
        if self._process is None:
            self._start()
        try:
            return self._answer(request, watch)
        except BaseException as error:
            # a loss of NaN leaves nothing behind; of all else one cannot know
            if not (isinstance(error, Failure) and error.reason == DIVERGED):
                self.close()
            raise

    def _answer(self, request: Mapping, watch: Callable) -> dict[str, Any]:
        try:
            self._channel.send("request", **request)
            while message := self._channel.receive():
                if message["kind"] != "epoch":
                    return self._ended(message)
                go_on = watch(message["rows"])
                self._channel.send("answer", go_on=go_on)
        except OSError:
            # it died while it was spoken to
            pass
        status = self._process.wait()
        raise Lost("it goes on elsewhere") if self._abandoned else of_exit(status)

    def _ended(self, message: dict) -> dict[str, Any]:
        memory = message["memory"]
        if message["kind"] == "failed":
            raise Failure(message["reason"], message["message"])
        self._rest = self._rest or memory
        if memory > GROWTH * self._rest:
            self.close()
        return message["result"]

    def _start(self) -> None:
        mine, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(
                child_command("tuning.working", str(theirs.fileno()), self.job),
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                env=os.environ | self.environment,
                # Ctrl-C is for the search, which ends its worker itself
                start_new_session=True,
            )
        self._channel = Channel(mine)
        self._rest = None
        self.started += 1

    def abandon(self) -> None:
        """Ends the process at once, from another thread."""
        self._abandoned = True
        if (process := self._process) is not None:
            process.kill()

    def close(self) -> None:
        """Ends the process, if there is one."""
        if self._process is None:
            return
        # it ends itself when its channel is gone
        self._channel.close()
        try:
            self._process.wait(_PATIENCE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = self._channel = None

    def __enter__(self) -> Worker:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()
