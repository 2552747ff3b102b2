"""The chief's oracle, as a worker has it."""

from __future__ import annotations

import os
import socket
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import grpc
from keras_tuner.engine.trial import Trial
from keras_tuner.src import protos

from kpoc.ground.errors import UserError
from kpoc.ground.schema import problems_error
from tuning.failure import Lost
from tuning.folder import Record
from tuning.machines import service
from tuning.machines.place import Place
from tuning.machines.token import KEY, TOKEN, known_token
from tuning.oracle import RUNNING

PATIENCE = 300.0
"""Seconds for which a worker tries to reach its chief."""

_AGAIN = 0.5
_RENEWALS = 10
# another host may see the chief's new file a moment later
_REFUSALS = 4
_BROKEN = (
    grpc.StatusCode.UNAVAILABLE,
    # a chief that stops cancels what it was asked in that moment
    grpc.StatusCode.CANCELLED,
)
_OPTIONS = [
    ("grpc.max_reconnect_backoff_ms", 2000),
    # KerasTuner's chief is on the same network
    ("grpc.enable_http_proxy", 0),
]


class ChiefGone(UserError, RuntimeError):
    """A chief that does not answer."""


class TokenRefused(UserError, RuntimeError):
    """A chief that was not given its token."""


class FarOracle:
    """Asks the chief over KerasTuner's service.

    KerasTuner's own client waits an hour for a chief that is gone, gives up at once
    where the connection breaks, and does not say who calls.

    Args:
        place: The worker's name and the chief's address.
        definition: What the worker believes to be searching.
        patience: Seconds for which the chief may be out of reach.
        on_lost: Called, in another thread, when the trial has gone to another worker.
        folder: The directory of the search, where the chief's token is, if they share
            it and the variable does not hold it.

    Attributes:
        worker: The name under which the chief knows it: of each process its own, so
            that two by the same name do not share a trial.
    """

    def __init__(
        self,
        place: Place,
        definition: Mapping[str, Any],
        patience: float = PATIENCE,
        on_lost: Callable[[], None] = lambda: None,
        folder: Path = Path(),
    ):
        self.address, self.patience, self.on_lost = place.address, patience, on_lost
        self.worker = f"{place.name}@{socket.gethostname()}:{os.getpid()}"
        self.identity = service.identity(definition)
        self._digest = service.digest(self.identity)
        self._folder, self._token = folder, known_token(folder)
        self._channel = grpc.insecure_channel(self.address, options=_OPTIONS)
        self._stub = protos.get_service_grpc().OracleStub(self._channel)
        self._own = service.calls(self._channel)
        self._trial: str | None = None
        self._closed = threading.Event()

    @property
    def _signature(self) -> tuple[tuple[str, str], ...]:
        token = ((KEY, self._token),) if self._token else ()
        return (
            (service.WORKER, self.worker),
            (service.SEARCH, self._digest),
            *token,
        )

    def join(self) -> None:
        """Has the chief let this worker in.

        Raises:
            SchemaError: It searches for something else; lists the differences.
            ChiefGone: It is not reached.
        """
        lease = self._ask_in()
        threading.Thread(target=self._renew, args=[lease], daemon=True).start()

    def _ask_in(self) -> float:
        said = self._ask(self._own["Join"], {"identity": self.identity})
        if said["problems"]:
            chief = f"the search of the chief at {self.address}"
            raise problems_error(chief, said["problems"])
        return said["lease"]

    def create_trial(self, tuner_id: str) -> Trial:
        """The next trial, as KerasTuner's."""
        request = protos.get_service().CreateTrialRequest(tuner_id=tuner_id)
        trial = Trial.from_proto(self._ask(self._stub.CreateTrial, request).trial)
        self._trial = trial.trial_id if trial.status == RUNNING else None
        return trial

    def update_trial(
        self, trial_id: str, metrics: Mapping[str, float], step: int = 0
    ) -> Trial:
        """Tells of an epoch, as KerasTuner's."""
        request = protos.get_service().UpdateTrialRequest(
            trial_id=trial_id, metrics=metrics, step=step
        )
        return Trial.from_proto(self._ask(self._stub.UpdateTrial, request).trial)

    def keep(self, record: Record) -> None:
        """Tells what a trial gave."""
        told = {"trial": self._trial, "record": asdict(record)}
        # from here on it is nothing that could be lost
        self._trial = None
        self._ask(self._own["Keep"], told)

    def end_trial(self, trial: Trial) -> None:
        """Ends a trial, as KerasTuner's."""
        request = protos.get_service().EndTrialRequest(trial=trial.to_proto())
        self._ask(self._stub.EndTrial, request)

    def _renew(self, lease: float) -> None:
        """Says now and then that this worker is alive."""
        pause = lease / _RENEWALS
        heard = time.monotonic()
        while not self._closed.wait(pause):
            asked, trial = time.monotonic(), self._trial
            try:
                said = self._own["Renew"](
                    {"trial": trial}, timeout=pause, metadata=self._signature
                )
            except (grpc.RpcError, ValueError):
                # the next look might be too late: from when the lease is over,
                # another may train in the same folder
                lost = time.monotonic() + 2 * pause > heard + lease
            else:
                heard, lost = asked, not said["yours"]
            if lost and trial is not None and trial == self._trial:
                self.on_lost()

    def _ask(self, call: Callable, request: Any) -> Any:
        until, refusals = time.monotonic() + self.patience, 0
        while True:
            try:
                return call(
                    request,
                    wait_for_ready=True,
                    timeout=max(until - time.monotonic(), 0.0),
                    metadata=self._signature,
                )
            except grpc.RpcError as error:
                if error.code() == grpc.StatusCode.UNAUTHENTICATED:
                    # the chief may have made its token since
                    self._token = known_token(self._folder)
                    refusals += 1
                    again = refusals <= _REFUSALS
                else:
                    again = error.code() in _BROKEN
                if not again or time.monotonic() > until:
                    raise self._meaning(error) from None
            time.sleep(_AGAIN)

    def _meaning(self, error: grpc.RpcError) -> Exception:
        code = error.code()
        if code == grpc.StatusCode.UNAUTHENTICATED:
            return TokenRefused(
                f"`{TOKEN}` must be the token of the chief at {self.address}, which is "
                "in the file `token` of its search as long as that goes on. Received: "
                + ("another one" if self._token else "none")
            )
        if code == grpc.StatusCode.ABORTED:
            return Lost("it is no longer this worker's")
        if code == grpc.StatusCode.FAILED_PRECONDITION:
            # another chief since then: it says what differs
            self._ask_in()
        if code == grpc.StatusCode.UNIMPLEMENTED:
            return ChiefGone(f"what answers at {self.address} is no chief of this kpoc")
        if code in (*_BROKEN, grpc.StatusCode.DEADLINE_EXCEEDED):
            return ChiefGone(
                f"the chief at {self.address} was not reached for {self.patience:g} s; "
                "once it is there, the same command goes on"
            )
        return RuntimeError(f"the chief at {self.address} failed: {error.details()}")

    def hush(self) -> None:
        """Renews the lease no more but by what is asked."""
        self._closed.set()

    def __enter__(self) -> FarOracle:
        return self

    def __exit__(self, *error: object) -> None:
        self.hush()
        self._channel.close()
