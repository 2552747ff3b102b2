"""The chief: hands out trials over the network, and takes back what is lost."""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from collections.abc import Sequence
from concurrent import futures
from typing import TYPE_CHECKING, Any

import grpc
from keras_tuner.engine.trial import Trial, TrialStatus
from keras_tuner.src import protos
from keras_tuner.src.distribute.oracle_chief import OracleServicer

from kpoc.ground.schema import SchemaError
from kpoc.ground.text import say
from tuning.display import Display
from tuning.ending import keep, take_back
from tuning.folder import Record, differences
from tuning.machines import service
from tuning.machines.crew import Crew
from tuning.machines.leases import Leases
from tuning.machines.place import Place
from tuning.machines.token import TOKEN, TokenRequired, discard_token, make_token
from tuning.oracle import BUDGET, IDLE, SCORE, Resumable
from tuning.recipes import recipe_for_trial, write_recipe

if TYPE_CHECKING:
    from tuning.tune import Prepared

LEASE = 60.0
"""Seconds after which a worker that has not been heard of counts as gone."""

_ENDS = ("completed", "failed")
_LOOK = 0.2
_FAREWELL = 5.0


class Chief(OracleServicer):
    """Answers the calls of workers: KerasTuner's, and those of `service`.

    Beyond what KerasTuner's does, it turns away who searches for something else, takes
    no word on a trial but from who has it, and gives trials of lost workers to others.

    Args:
        prepared: The search.
        oracle: What chooses the trials. Nobody else calls it while this one serves.
        display: What shows how it goes.
        leases: Who is believed to be alive.
    """

    def __init__(
        self, prepared: Prepared, oracle: Resumable, display: Display, leases: Leases
    ):
        super().__init__(oracle)
        self.prepared, self.display, self.leases = prepared, display, leases
        self.identity = service.identity(prepared.definition)
        self.digest = service.digest(self.identity)
        self.token = make_token(prepared.folder.path)
        self.done = threading.Event()

    def Join(self, said: dict[str, Any], context: grpc.ServicerContext) -> dict:
        """Lets a worker in, or says what it has otherwise."""
        worker = _metadata(context)[service.WORKER]
        problems = [
            f"`{key}` is {theirs} here and {mine} at the chief"
            for key, mine, theirs in differences(self.identity, said["identity"])
        ]
        if problems:
            self.display.note(f"{worker} was refused: it searches for something else")
        else:
            self.leases.renew(worker)
            self.display.note(f"{worker} has joined")
        return {"problems": problems, "lease": self.leases.seconds}

    def Renew(self, said: dict[str, Any], context: grpc.ServicerContext) -> dict:
        """Says whether a worker still has its trial."""
        return {"yours": self._has(self._caller(context), said["trial"])}

    def Keep(self, said: dict[str, Any], context: grpc.ServicerContext) -> dict:
        """Writes what a trial gave."""
        self._holder(context, said["trial"])
        record = _record(said, context)
        folder, recipe = self.prepared.folder, self.prepared.recipe
        file = folder.trial_recipe(record.number)
        if not file.is_file():
            # the worker has another folder; what it drew may have been no recipe
            with contextlib.suppress(SchemaError):
                trial = recipe_for_trial(recipe, self.prepared.space, record)
                write_recipe(trial, file)
        keep(folder, self.prepared.objective, record)
        self.display.end(record)
        return {}

    def CreateTrial(self, request, context):
        """Gives a worker its trial, or that of one that is gone, or a new one."""
        worker = self._caller(context)
        self._take_back()
        response = super().CreateTrial(request, context)
        if self.stop_triggered and not self.oracle.ongoing_trials:
            self.leases.forget(worker)
            self.done.set()
        elif self.stop_triggered:
            # whoever has the last ones may be lost yet
            self.stop_triggered = False
            response.trial.status = TrialStatus.to_proto(IDLE)
        return response

    def UpdateTrial(self, request, context):
        """Takes an epoch; the status of the answer is `STOPPED` if it was the last."""
        self._holder(context, request.trial_id)
        response = super().UpdateTrial(request, context)
        # a worker that outlives this chief does not tell the next one again
        self.oracle.save()
        trial = self.oracle.trials[request.trial_id]
        values = trial.hyperparameters.values
        running = Record(
            int(trial.trial_id),
            {key: values[key] for key in self.prepared.space.keys if key in values},
            "running",
            score=request.metrics[SCORE],
            epochs=request.step,
        )
        self.display.epoch(running, values.get(BUDGET) or self.prepared.recipe.epochs)
        return response

    def EndTrial(self, request, context):
        """Ends a trial that is kept."""
        self._holder(context, request.trial.trial_id)
        # its space comes back in another order
        trial = Trial.from_proto(request.trial)
        own = self.oracle.trials[trial.trial_id].hyperparameters.copy()
        own.values = trial.hyperparameters.values
        trial.hyperparameters = own
        self.oracle.end_trial(trial)
        if self.oracle.is_done:
            self.done.set()
        return protos.get_service().EndTrialResponse()

    def _caller(self, context: grpc.ServicerContext) -> str:
        said = _metadata(context)
        if said.get(service.SEARCH) != self.digest:
            context.abort(grpc.StatusCode.FAILED_PRECONDITION, "another search")
        self.leases.renew(said[service.WORKER])
        return said[service.WORKER]

    def _holder(self, context: grpc.ServicerContext, trial: str) -> None:
        if not self._has(self._caller(context), trial):
            context.abort(grpc.StatusCode.ABORTED, "the trial is another worker's")

    def _has(self, worker: str, trial: str) -> bool:
        given = self.oracle.ongoing_trials.get(worker)
        return given is not None and given.trial_id == trial

    def _take_back(self) -> None:
        for worker, trial in list(self.oracle.ongoing_trials.items()):
            if self.leases.holds(worker):
                continue
            number = int(trial.trial_id)
            record = take_back(self.oracle, self.prepared.folder, worker)
            if record:
                self.display.end(record)
            else:
                self.display.drop(number)
                self.display.note(f"{worker} is gone; another takes trial {number + 1}")


def _record(said: dict[str, Any], context: grpc.ServicerContext) -> Record:
    """What a trial gave, which must be the trial that is spoken of."""
    try:
        record = Record(**said["record"])
        if record.number == int(said["trial"]) and record.status in _ENDS:
            return record
    except (KeyError, TypeError):
        pass
    context.abort(grpc.StatusCode.INVALID_ARGUMENT, "no record of its trial")


def _metadata(context: grpc.ServicerContext) -> dict[str, str]:
    return dict(context.invocation_metadata())


def serve(
    prepared: Prepared,
    oracle: Resumable,
    display: Display,
    place: Place,
    command: Sequence[str],
    lease: float = LEASE,
) -> None:
    """Serves workers until the search is done.

    Args:
        prepared: The search.
        oracle: What chooses the trials.
        display: What shows how it goes.
        place: Where to listen, and how many workers to start.
        command: What starts one.
        lease: Seconds after which a silent worker counts as gone.

    Raises:
        RuntimeError: A worker of its own cannot work; says why.
    """
    if oracle.is_done:
        return
    leases = Leases(lease)
    # who still has a trial goes on with it, unless it ended with the chief before
    for worker in oracle.ongoing_trials:
        leases.renew(worker)
    leases.end(f"{place.name}/")
    chief = Chief(prepared, oracle, display, leases)
    server, port = start_server(chief, place)
    try:
        if not place.crew:
            say(
                f"workers may join at {place.host}:{port}, with the token in "
                f"{prepared.folder.path} or ${TOKEN}"
            )
        variables, folder = {TOKEN: chief.token}, prepared.folder.path
        with Crew(place, port, command, folder, variables) as crew:
            while not chief.done.wait(_LOOK):
                for name in crew.tend(len(oracle.end_order)):
                    leases.end(f"{name}@")
                    display.note(f"{name} was killed; it is started again")
            until = time.monotonic() + _FAREWELL
            while leases.living() and time.monotonic() < until:
                time.sleep(_LOOK)
    finally:
        server.stop(0).wait()
        if chief.done.is_set():
            discard_token(prepared.folder.path)


def start_server(chief: Chief, place: Place) -> tuple[grpc.Server, int]:
    """A server that answers by a chief, and its port.

    KerasTuner's own waits for ever for the trial of a worker that is gone, shares its
    port with whoever else asks for it, and answers whoever asks.

    Raises:
        RuntimeError: It cannot listen there.
    """
    # one thread: KerasTuner's lock of the oracle is not given back by an exception,
    # but knows the thread that has it
    server = grpc.server(
        futures.ThreadPoolExecutor(max_workers=1),
        options=[("grpc.so_reuseport", 0)],
        interceptors=[TokenRequired(chief.token)],
    )
    protos.get_service_grpc().add_OracleServicer_to_server(chief, server)
    service.add_handlers(server, chief)
    # gRPC keeps to itself what fails here
    logging.getLogger("grpc").addHandler(logging.StreamHandler())
    port = server.add_insecure_port(place.address)
    server.start()
    return server, port
