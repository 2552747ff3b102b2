"""The same learning rate in every step."""

from kpoc.training.schedules import register_schedule


@register_schedule("constant")
def constant(learning_rate: float, steps: int) -> float:
    """The same learning rate in every step."""
    return learning_rate
