"""Bayesian optimization with a Gaussian process."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np
import threadpoolctl
from keras_tuner.engine import trial as trials
from keras_tuner.oracles import BayesianOptimizationOracle
from sklearn.exceptions import ConvergenceWarning

from tuning.dimension import Scalar
from tuning.oracle import COMPLETED, FAILED, METHODS, RUNNING, Resumable

_CANDIDATES = 1500
_NEIGHBOURS = 40
_BEST = 10
_WIDTHS = (0.1, 0.03, 0.01)


@METHODS.register("bayesian")
class Bayesian(Resumable, BayesianOptimizationOracle):
    """Draws `initial` trials at random, then where the process promises most.

    The process and what it promises, the lower confidence bound `mean - 2.6 * std` of
    what is to be small, are KerasTuner's. Unlike there

    - the promise is compared at trials that can be run, choices and conditions obeyed,
      drawn at random first and then around the best: it takes a second where
      KerasTuner's search by gradients takes ten, and no trial comes twice;
    - a failed trial counts as the worst that was seen, so that the process stays away;
    - the random numbers are part of the state.
    """

    GUIDED = True

    def __init__(self, settings, file):
        super().__init__(settings, file, num_initial_points=settings.initial)

    def populate_space(self, trial_id: str) -> dict[str, Any]:
        done = sum(one.status == COMPLETED for one in self.trials.values())
        if done < self.num_initial_points:
            return self._random_populate_space()
        with warnings.catch_warnings(), threadpoolctl.threadpool_limits(1):
            # of length scales at their bounds, which few trials lead to
            warnings.simplefilter("ignore", ConvergenceWarning)
            self.gpr.fit(*self._vectorize_trials())
            values = self._most_promising()
        if values is None:
            return self._random_populate_space()
        return {"status": RUNNING, "values": values}

    def _most_promising(self) -> dict[str, Scalar] | None:
        dimensions, random = len(self._nonfixed_space()), self._random_state
        drawn = [self._values(row) for row in random.rand(_CANDIDATES, dimensions)]
        ranked = self._ranked(drawn)
        for width in _WIDTHS:
            best = np.array([self._place(values) for values in ranked[:_BEST]])
            around = np.repeat(best, _NEIGHBOURS, axis=0)
            around += width * random.standard_normal(around.shape)
            near = [self._values(row) for row in np.clip(around, 0.0, 1.0)]
            ranked = self._ranked([*ranked[:_BEST], *near])
        return next((one for one in ranked if not self._duplicate(one)), None)

    def _ranked(self, drawn: Sequence[dict[str, Scalar]]) -> list[dict[str, Scalar]]:
        """Values, the most promising first."""
        places = np.array([self._place(values) for values in drawn])
        mean, deviation = self.gpr.predict(places, return_std=True)
        order = np.argsort(mean - self.beta * deviation, kind="stable")
        return [drawn[i] for i in order]

    def _values(self, place: np.ndarray) -> dict[str, Scalar]:
        values: dict[str, Scalar] = {}
        for hp, probability in zip(self._nonfixed_space(), place.tolist(), strict=True):
            if all(condition.is_active(values) for condition in hp.conditions):
                values[hp.name] = hp.prob_to_value(probability)
        return values

    def _place(self, values: dict[str, Scalar]) -> list[float]:
        return [
            hp.value_to_prob(values.get(hp.name, hp.default))
            for hp in self._nonfixed_space()
        ]

    def _vectorize_trials(self) -> tuple[np.ndarray, np.ndarray]:
        """Places in the unit cube and what was found there; less is better."""

        def of(status: str) -> list[trials.Trial]:
            return [one for one in self.trials.values() if one.status == status]

        def places(some: list[trials.Trial]) -> np.ndarray:
            return np.array([self._place(one.hyperparameters.values) for one in some])

        done, failed, ongoing = of(COMPLETED), of(FAILED), of(RUNNING)
        sign = -1.0 if self.objective.direction == "max" else 1.0
        found = [sign * one.score for one in done]
        x = places([*done, *failed])
        y = np.array(found + [max(found)] * len(failed))
        if ongoing:
            # a pessimistic guess, so that another worker does not try the same
            self.gpr.fit(x, y)
            mean, deviation = self.gpr.predict(places(ongoing), return_std=True)
            x = np.concatenate([x, places(ongoing)])
            y = np.concatenate([y, mean + deviation])
        return x, y

    def get_state(self) -> dict[str, Any]:
        name, keys, *rest = self._random_state.get_state()
        return {**super().get_state(), "random_state": [name, keys.tolist(), *rest]}

    def set_state(self, state: dict[str, Any]) -> None:
        super().set_state(state)
        name, keys, *rest = state["random_state"]
        self._random_state.set_state((name, np.array(keys, "uint32"), *rest))
