"""Random search."""

from __future__ import annotations

from keras_tuner.oracles import RandomSearchOracle

from tuning.oracle import METHODS, Resumable


@METHODS.register("random")
class Random(Resumable, RandomSearchOracle):
    """Draws each trial by itself."""
