"""One search on several processes and hosts, by KerasTuner's chief/worker service.

- The **chief** has the oracle and the folder; it trains nothing itself. `chief.py`
  answers KerasTuner's calls, `leases.py` says for how long a worker is believed to be
  alive, `service.py` has the calls that KerasTuner lacks.
- A **worker** runs the same loop as a search on its own, `tuning.search`, with
  `far_oracle.py` in the oracle's place, and has a training process of its own
  (`tuning.worker`). `work.py` sets it up.
- A **crew** is the workers that a process starts on its own host and starts again when
  they are killed: `crew.py`.
- `place.py` reads from the environment which of these a process is.
"""
