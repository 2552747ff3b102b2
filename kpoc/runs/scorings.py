"""The log of the times that test rows were scored, beside the runs."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from pathlib import Path

NAME = "test_scorings.jsonl"


class Scorings:
    """How often test rows were scored, by the log in a folder of runs.

    Args:
        runs: The folder of runs.
    """

    def __init__(self, runs: Path):
        self.path = runs / NAME

    def count(self, test_digest: str) -> int:
        """Scorings of these rows so far.

        A line that cannot be read, such as one that a full disk cut short, may have
        been of these rows, so it counts.
        """
        text = self.path.read_text("utf-8", "replace") if self.path.is_file() else ""
        return sum(
            _digest(line) in (test_digest, None)
            for line in text.splitlines()
            if line.strip()
        )

    def note(self, test_digest: str, sides: Sequence[str]) -> None:
        """Adds a scoring."""
        entry = {
            "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
            "test_digest": test_digest,
            "sides": list(sides),
        }
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with open(self.path, "ab+") as file:
            cut_short = file.tell() and _last_byte(file) != b"\n"
            line = "\n" * bool(cut_short) + json.dumps(entry) + "\n"
            file.write(line.encode())


def _last_byte(file) -> bytes:
    file.seek(-1, 2)
    return file.read(1)


def _digest(line: str) -> str | None:
    try:
        return str(json.loads(line)["test_digest"])
    except (ValueError, TypeError, KeyError):
        return None
