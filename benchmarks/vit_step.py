"""One peer of vit.py: makes a training step for each line that it reads.

    python benchmarks/vit_step.py PEER WAY BATCH BFLOAT16 WARM_UP SHAPE

It answers in lines of JSON: whether it is ready, then the seconds of each step.
"""

import importlib
import json
import os
import sys
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")


def main() -> None:
    """Steps until there is nothing more to read."""
    # what libraries print must not come between the answers
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)
    peer, way, batch, bfloat16, warm_up, shape = sys.argv[1:]

    def answer(**facts: object) -> None:
        print(json.dumps(facts), file=answers, flush=True)

    try:
        module = importlib.import_module(f"vit_peers.{peer}")
    except Exception as error:  # what a library raises that does not fit
        reason = (str(error).strip() or type(error).__name__).splitlines()[-1]
        answer(absent=f"{type(error).__name__}: {reason}")
        return
    step = module.make(json.loads(shape), int(batch), way, bfloat16 == "True")
    start = time.perf_counter()
    step()
    first = time.perf_counter() - start
    for _ in range(int(warm_up)):
        step()
    answer(first=first)
    for _ in sys.stdin:
        wall, cpu = time.perf_counter(), time.process_time()
        step()
        answer(wall=time.perf_counter() - wall, cpu=time.process_time() - cpu)


if __name__ == "__main__":
    main()
