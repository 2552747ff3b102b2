"""Whether the process of a mark has ended."""

import subprocess
import sys
import time

from kpoc.ground.processes import has_ended, mark

SAY = "from kpoc.ground.processes import mark; print(mark(), flush=True); input()"


def test_another_process_is_alive_until_it_ends():
    with subprocess.Popen(
        [sys.executable, "-c", SAY], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        theirs = process.stdout.readline().decode().strip()
        assert not has_ended(theirs) and theirs != mark()
        process.kill()
        # not yet buried
        process.stdout.read()
        for _ in range(1000):
            if has_ended(theirs):
                break
            time.sleep(0.002)
        assert has_ended(theirs)
        process.wait()
        assert has_ended(theirs)


def test_another_process_by_the_same_number_is_no_life_of_the_first():
    pid, _, rest = mark().partition("-")
    assert has_ended(f"{pid}-{rest[:8]}{'f' * 8}")


def test_of_another_machine_nothing_is_certain():
    _, _, rest = mark().partition("-")
    assert not has_ended(f"99999999-{'f' * 8}{rest[8:]}")
    assert not has_ended("no mark")
