"""Whether a run is compiled by XLA: decided once, written down, used ever after."""

from __future__ import annotations

from typing import Literal


def decide_xla(
    requested: Literal["auto"] | bool, accelerators: list[str], faster_on_cpu: bool
) -> dict[str, object]:
    """Decides for a run.

    Keras' own default turns XLA on for TensorFlow on a CPU as well, where it trains
    depth-wise convolutions up to nine times slower than a graph.

    Args:
        requested: What the recipe's `xla` says.
        accelerators: Devices other than the CPU.
        faster_on_cpu: Whether the backbone trains faster under XLA on a CPU.

    Returns:
        `{"requested", "used", "why"}`.

    Example:
        >>> decide_xla("auto", [], faster_on_cpu=False)["used"]
        False
    """
    if requested != "auto":
        used, why = bool(requested), "the recipe says so"
    elif accelerators:
        used, why = True, f"there is an accelerator: {accelerators[0]}"
    else:
        used = faster_on_cpu
        why = f"on a CPU {'XLA' if used else 'a graph'} is faster for this backbone"
    return {"requested": requested, "used": used, "why": why}
