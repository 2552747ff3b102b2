"""Whether a run is compiled by XLA: decided once, written down, used ever after."""

from __future__ import annotations

from typing import Literal

_FIXED = {
    "jax": (True, "JAX compiles nothing without it"),
    "torch": (False, "PyTorch has kernels of its own"),
}


def decide_xla(
    requested: Literal["auto"] | bool,
    accelerators: list[str],
    faster_on_cpu: bool,
    backend: str = "tensorflow",
) -> dict[str, object]:
    """Decides for a run.

    Keras' own default turns XLA on for TensorFlow on a CPU as well, where it trains
    depth-wise convolutions up to nine times slower than a graph.

    Args:
        requested: What the recipe's `xla` says.
        accelerators: Devices other than the CPU.
        faster_on_cpu: Whether the backbone trains faster under XLA on a CPU.
        backend: What Keras runs on. TensorFlow alone leaves a choice.

    Returns:
        `{"requested", "used", "why"}`.

    Raises:
        ValueError: The backend does not allow what is requested.

    Example:
        >>> decide_xla("auto", [], faster_on_cpu=False)["used"]
        False
    """
    if backend in _FIXED:
        used, why = _FIXED[backend]
        if requested not in ("auto", used):
            raise ValueError(
                f"`xla` must be auto or {str(used).lower()} with Keras' backend "
                f"{backend}: {why}. Received: {requested}"
            )
    elif requested != "auto":
        used, why = bool(requested), "the recipe says so"
    elif accelerators:
        used, why = True, f"there is an accelerator: {accelerators[0]}"
    else:
        used = faster_on_cpu
        why = f"on a CPU {'XLA' if used else 'a graph'} is faster for this backbone"
    return {"requested": requested, "used": used, "why": why}
