"""What Keras' backends do differently where a model is trained."""

from __future__ import annotations

from typing import Any

import keras


class Trainer:
    """TensorFlow's: a step takes its batch from an iterator.

    Attributes:
        reads_first: Whether `fit` reads a batch before it calls for the step, also for
            a step that does nothing.
    """

    reads_first = False

    def sync(self, model: keras.Model) -> None:
        """Brings the model's variables up to date between two steps."""

    def nothing(self, *given: Any) -> Any:
        """What a step returns that does nothing."""
        return {}

    def random_state(self) -> list[str] | None:
        """Where random numbers stand that come from outside of the model, or None."""
        return None

    def restore_random_state(self, state: list[str]) -> None:
        """Takes back what `random_state` gave."""

    def devices(self) -> list[str]:
        """Devices that can be trained on, such as `cpu:0` and `gpu:0`."""
        return keras.distribution.list_devices()


class _Jax(Trainer):
    """JAX': the variables go from step to step and lie in the model after an epoch."""

    def sync(self, model: keras.Model) -> None:
        model.jax_state_sync()

    def nothing(self, *given: Any) -> Any:
        state, _ = given
        return {}, state


class _Torch(Trainer):
    """PyTorch's: a step takes the batch itself, and dropout draws from PyTorch."""

    reads_first = True

    def random_state(self) -> list[str]:
        import torch

        states = [torch.get_rng_state(), *torch.cuda.get_rng_state_all()]
        return [state.numpy().tobytes().hex() for state in states]

    def restore_random_state(self, state: list[str]) -> None:
        import torch

        cpu, *gpus = (
            torch.frombuffer(bytearray.fromhex(each), dtype=torch.uint8)
            for each in state
        )
        torch.set_rng_state(cpu)
        torch.cuda.set_rng_state_all(gpus)

    def devices(self) -> list[str]:
        # Keras lists none for PyTorch
        import torch

        name = torch.accelerator.current_accelerator() or "none"
        number = torch.accelerator.device_count()
        return ["cpu:0", *(f"{name}:{each}" for each in range(number))]


_TRAINERS = {"jax": _Jax(), "torch": _Torch()}


def trainer() -> Trainer:
    """The one of the backend that Keras runs on."""
    return _TRAINERS.get(keras.backend.backend(), Trainer())
