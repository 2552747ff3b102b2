"""Processes that end with the one that started them."""

import os
import signal
import subprocess
import sys
import time

import pytest

from kpoc.ground.lifeline import run_tied

CHILD = """
import os, sys, time
from kpoc.ground.lifeline import end_with_parent
end_with_parent()
assert "KPOC_TIED" not in os.environ
print(os.getpid(), flush=True)
time.sleep(60)
"""
PARENT = f"""
import sys
from kpoc.ground.lifeline import run_tied
run_tied([sys.executable, "-c", {CHILD!r}])
"""


def is_alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_a_child_ends_with_its_parent_however_that_ends(how):
    parent = subprocess.Popen([sys.executable, "-c", PARENT], stdout=subprocess.PIPE)
    child = int(parent.stdout.readline())
    assert is_alive(child)
    parent.send_signal(how)
    # the child has the pipe as well
    assert parent.stdout.read() == b"" and parent.wait() == -how
    for _ in range(100):
        if not is_alive(child):
            break
        time.sleep(0.02)
    assert not is_alive(child)


def test_the_status_is_the_childs_and_an_error_ends_it(monkeypatch):
    assert run_tied([sys.executable, "-c", "import sys; sys.exit(7)"]) == 7
    script = "import os, signal; os.kill(os.getpid(), signal.SIGKILL)"
    assert run_tied([sys.executable, "-c", script]) == -signal.SIGKILL
    started = []

    def wait(process, timeout=None):
        if not started:
            started.append(process.pid)
            raise KeyboardInterrupt
        return real(process, 0.1 if timeout else None)

    real = subprocess.Popen.wait
    monkeypatch.setattr(subprocess.Popen, "wait", wait)
    with pytest.raises(KeyboardInterrupt):
        run_tied([sys.executable, "-c", "import time; time.sleep(60)"])
    assert not is_alive(started[0])
