"""Hyperband: many short trials, and longer ones of the best of them."""

from __future__ import annotations

from keras_tuner.oracles import HyperbandOracle

from tuning.oracle import METHODS, Resumable


@METHODS.register("hyperband")
class Hyperband(Resumable, HyperbandOracle):
    """Brackets of trials that differ in how many epochs they begin with.

    A longer trial is a recipe of its own, trained from its start: its schedule is that
    of its own epochs. Brackets follow each other until there are as many trials as
    were asked for.

    Source:
        Li et al., "Hyperband: A Novel Bandit-Based Approach to Hyperparameter
        Optimization", JMLR 18 (2018).
    """

    HALVES_EPOCHS = True

    def __init__(self, settings, file):
        super().__init__(
            settings, file, max_epochs=settings.epochs, hyperband_iterations=None
        )
