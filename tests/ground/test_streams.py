"""What a terminal without UTF-8 shows."""

import os
import subprocess
import sys

import pytest

PRINT = r"""
from kpoc.cli import main
try:
    main(["--version"])
except SystemExit:
    print("\u22120.3 Stra\xdfe \u4e2d \udcff")
"""


@pytest.mark.parametrize(
    ("encoding", "shown"),
    [
        ("ascii", rb"-0.3 Stra\xdfe \u4e2d \udcff"),
        ("latin-1:strict", b"-0.3 Stra\xdfe \\u4e2d \\udcff"),
        ("utf-8", "−0.3 Straße 中 ".encode() + rb"\udcff"),
    ],
)
def test_a_command_can_print_every_text(encoding, shown):
    done = subprocess.run(
        [sys.executable, "-c", PRINT],
        env=os.environ | {"PYTHONIOENCODING": encoding},
        capture_output=True,
    )
    assert done.stdout.splitlines()[1] == shown, done.stderr
