"""Messages between a search and its worker: JSON, a line each, over a socket."""

from __future__ import annotations

import json
import socket
from typing import Any


class Channel:
    """One end of the socket.

    Args:
        end: The socket.
    """

    def __init__(self, end: socket.socket):
        self._socket = end
        self._lines = end.makefile("rb")

    def send(self, kind: str, **content: Any) -> None:
        """Sends a message.

        Raises:
            OSError: The other end is gone.
        """
        text = json.dumps({"kind": kind, **content})
        self._socket.sendall(text.encode() + b"\n")

    def receive(self) -> dict[str, Any] | None:
        """The next message; None if the other end is gone."""
        try:
            line = self._lines.readline()
        except OSError:
            return None
        return json.loads(line) if line.endswith(b"\n") else None

    def close(self) -> None:
        """Closes the end."""
        self._lines.close()
        self._socket.close()
