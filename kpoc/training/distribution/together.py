"""Training on several devices, of one process or more: each has a part of every batch.

Keras' `DataParallel` puts the weights on every device and a part of the batch on each;
JAX compiles one step for all, which computes what one device would on the whole batch.
So the mean and variance of batch normalisation, the loss (also one that is divided by
weights summed over the batch) and the metrics are those of the whole batch.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import keras

from kpoc import models
from kpoc.batches.rows import Rows
from kpoc.batches.share import Share
from kpoc.training.distribution.alone import Alone
from kpoc.training.plan import Plan


def on_devices(number: int, plan: Plan) -> Alone:
    """A training on devices of this process.

    Args:
        number: How many.
        plan: What is trained.

    Raises:
        ValueError: There are not that many, they do not divide a batch, or the model or
            Keras runs on another backend than JAX.
    """
    require_jax(plan)
    return Together(choose_devices(number), plan.recipe.batch_size)


def require_jax(plan: Plan) -> None:
    """Checks that Keras can train on several devices, and that it trains this model.

    Raises:
        ValueError: It runs on another backend than JAX, or the model does.
    """
    if keras.backend.backend() != "jax":
        raise ValueError(
            "training on several devices or processes needs Keras' backend jax: set "
            f"KERAS_BACKEND=jax. Received: {keras.backend.backend()}"
        )
    backbone = plan.recipe.model.backbone
    if environment := models.get_backbone(backbone).environment:
        raise ValueError(
            "`model.backbone` must be one of this environment to be trained on several "
            f"devices or processes. Received: {backbone}, trained in {environment}"
        )


def choose_devices(number: int | None = None) -> list[str]:
    """Names of the devices of all processes, in the order of these.

    Args:
        number: How many of each process; by default all.

    Raises:
        ValueError: A process has fewer, or not as many as another one.
    """
    import jax

    found: list[list[str]] = [[] for _ in range(jax.process_count())]
    for device in jax.devices():
        found[device.process_index].append(f"{device.platform}:{device.id}")
    counts = [len(names) for names in found]
    if number is None and len(set(counts)) > 1:
        raise ValueError(
            "`devices` must be given where the processes do not have as many devices "
            f"each. They have: {counts}"
        )
    if number is not None and min(counts) < number:
        few = min(found, key=len)
        more = (
            "; on a CPU, XLA_FLAGS=--xla_force_host_platform_device_count=N makes it N"
            if few[0].startswith("cpu")
            else ""
        )
        raise ValueError(
            f"`devices` must not exceed those that a process has, {len(few)} "
            f"({', '.join(few)}){more}. Received: {number}"
        )
    return [name for names in found for name in names[:number]]


class Together(Alone):
    """Training on several devices.

    Args:
        devices: The devices of all processes, in the order of these, as many of each.
        batch_size: Rows of a batch, of all devices.
        process: Number of this process.
        processes: Number of processes.

    Raises:
        ValueError: The batch cannot be divided among the devices.
    """

    def __init__(
        self,
        devices: Sequence[str],
        batch_size: int,
        process: int = 0,
        processes: int = 1,
    ):
        if batch_size % len(devices):
            raise ValueError(
                "`batch_size` must be a multiple of the number of devices, "
                f"{len(devices)} ({', '.join(devices)}). Received: {batch_size}"
            )
        self._distribution = keras.distribution.DataParallel(
            devices=list(devices), auto_shard_dataset=False
        )
        self._share = Share(process, processes, len(devices))
        self.is_first = process == 0
        self.facts = {"distribution": {"processes": processes, "devices": len(devices)}}

    def start(self, model: keras.Model) -> None:
        keras.distribution.set_distribution(self._distribution)
        for variable in model.variables:
            self._place(variable, self._distribution.get_variable_layout(variable))

    def training_rows(self, rows: Rows) -> Rows:
        return dataclasses.replace(rows, share=self._share)

    def validation_rows(self, model: keras.Model, rows: Rows, batch_size: int) -> Rows:
        """The rows; the model tests without those that fill the last batch."""
        partial = len(rows) % batch_size
        filled, step = self._share.filled(partial, batch_size), model.test_step

        def test_step(state, data):
            # shapes are known while it is compiled, once for each size of a batch
            size = keras.tree.flatten(data)[0].shape[0]
            if size == filled:
                data = keras.tree.map_structure(lambda part: part[:partial], data)
            return step(state, data)

        if filled != partial:
            model.test_step = test_step
        return dataclasses.replace(rows, share=self._share)

    def finish(self, model: keras.Model) -> None:
        self.stop()
        # a model whose head alone was trained has none
        optimizer = getattr(model, "optimizer", None)
        for variable in [*model.variables, *(optimizer.variables if optimizer else [])]:
            self._place(variable, None)

    def stop(self) -> None:
        keras.distribution.set_distribution(None)

    @staticmethod
    def _place(variable: keras.Variable, layout: object) -> None:
        values = keras.ops.convert_to_numpy(variable)
        # Keras gives a layout to new variables alone, and the model has its weights
        variable._layout = layout
        variable.assign(values)
