"""The parts of a comparison, one a file: see `kpoc.evaluation.part`."""
