"""From what a recipe names to weights: what they are, their origin and their digest."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Literal

from kpoc.weights import huggingface
from kpoc.weights.run import TrainedRun, runs_inside


@dataclass(frozen=True)
class Weights:
    """What `model.weights` of a recipe stands for.

    Attributes:
        given: What the recipe names; None for random weights.
        kind: `random`; `name`, for the registry to know; `file`, of Keras;
            `huggingface`, a folder; `run`, the encoder of another training.
        path: The file or folder; None for the first two.
        repository: The repository of the hub that the folder comes from, if it does.
        run: The other training.
    """

    given: str | None
    kind: Literal["random", "name", "file", "huggingface", "run"]
    path: Path | None = None
    repository: str | None = None
    run: TrainedRun | None = None

    @cached_property
    def sha256(self) -> str | None:
        """Of a file its SHA-256, of several the hash of their hashes; else None."""
        if self.run:
            return _hash_of_hashes(self.run.hashes())
        if self.path is None:
            return None
        # not for who only reads weights: it brings all that manifests need
        from kpoc.ground.hashing import file_hashes

        folder = self.path.is_dir()
        files = huggingface.told_by(self.path) if folder else [self.path]
        return _hash_of_hashes(file_hashes(files))

    @property
    def origin(self) -> str | None:
        """Where they come from, for people; None where only the registry can know."""
        if self.repository:
            return f"{self.repository} on the Hugging Face hub"
        return self.run.origin if self.run else None

    def record(self) -> dict[str, object]:
        """What a run says of them: `name`, `path`, `sha256`; also `origin` and `run`.

        `run` has the recipe and seed of the other training, the digests and counts of
        its rows (`data`), and what it says of its own initial weights (`weights`).
        """
        by_name = self.kind in ("random", "name")
        said: dict[str, object] = {
            "name": self.given if by_name else None,
            "path": None if by_name else self.given,
            "sha256": self.sha256,
        }
        if self.origin:
            said["origin"] = self.origin
        if self.run:
            said["run"] = self.run.facts
        return said


def locate(weights: str | None) -> Weights:
    """Finds the weights that a recipe names; nothing of them is read yet.

    Args:
        weights: None, a name of the registry's, the path of a weights file, of a
            Hugging Face folder or of a run directory, or a repository of the hub, which
            is looked up in the hub's cache and downloaded if it is not there.

    Raises:
        ValueError: A run that has no model, or a repository that cannot be had.

    Example:
        >>> locate("imagenet").record()
        {'name': 'imagenet', 'path': None, 'sha256': None}
    """
    if weights is None:
        return Weights(None, "random")
    path = Path(weights)
    if path.is_file():
        return Weights(weights, "file", path)
    if run := TrainedRun.find(path):
        return Weights(weights, "run", path, run=run)
    if huggingface.told_by(path):
        return Weights(weights, "huggingface", path)
    if runs := runs_inside(path):
        raise ValueError(
            f"`weights` must be the directory of one run, such as {runs[0]}. "
            f"Received: {weights}"
        )
    if huggingface.is_repository(weights) and not path.exists():
        folder = huggingface.Folder.find(weights).path
        return Weights(weights, "huggingface", folder, repository=weights)
    # also a folder that happens to be called as weights are
    return Weights(weights, "name")


def are_pretrained(record: Mapping | None) -> bool:
    """Whether weights have learnt from images that no manifest of kpoc's lists.

    Args:
        record: What a run says of its initial weights, as `Weights.record` has it; of
            those that come from another run, that one's are asked.

    Example:
        >>> are_pretrained({"origin": "ImageNet", "sha256": None})
        True
        >>> own = {"name": None, "path": None, "sha256": None}
        >>> are_pretrained({"sha256": "1f", "run": {"weights": own}})
        False
    """
    record = record or {}
    if record.get("run"):
        return are_pretrained(record["run"].get("weights"))
    return bool(record.get("origin") or record.get("sha256"))


def _hash_of_hashes(hashes: Sequence[str]) -> str:
    if len(hashes) == 1:
        return hashes[0]
    return hashlib.sha256("".join(hashes).encode()).hexdigest()
