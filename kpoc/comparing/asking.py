"""Models of a comparison that are asked otherwise than trained.

Keras works in processes of their own, as for trainings.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path

from kpoc.ground.child_python import child_command
from kpoc.ground.errors import UserError
from kpoc.ground.lifeline import run_tied
from kpoc.inference.kept import is_kept
from kpoc.recipe.inference import Inference
from kpoc.runs.run import Run
from kpoc.training.child import how_it_ended


class NotPredicted(UserError, RuntimeError):
    """Predictions of finished runs that could not be made; the others are kept."""


def predict_missing(
    runs: Sequence[Path], inference: Inference | None, data: str | Path | None
) -> None:
    """Predicts the rows of finished runs as a side asks for it, where that is not done.

    Args:
        runs: Run directories; those that are not finished are passed over.
        inference: How they are asked; None for as they were trained.
        data: Where the images lie.

    Raises:
        NotPredicted: Says why.
    """
    if inference is None:
        return
    missing = [
        run for run in map(Run, runs) if run.is_finished and not is_kept(run, inference)
    ]
    if not missing:
        return
    words = [*(str(run.path) for run in missing), "--inference", str(inference)]
    words += ["--data", str(data)] if data else []
    if reason := _ask(*words):
        raise NotPredicted(f"asking runs by {inference} failed: {reason}")


def _ask(*words: str, **options: object) -> str | None:
    """Runs `kpoc ask`; gives why it failed."""
    with tempfile.TemporaryFile() as said:
        status = run_tied(child_command("kpoc", "ask", *words), stderr=said, **options)
        said.seek(0)
        text = said.read().decode(errors="replace").strip()
    if not status:
        return None
    own = text[text.rfind("kpoc: ") :] if "kpoc: " in text else text
    return own.removeprefix("kpoc: ") if status > 0 and own else how_it_ended(status)
