"""A finished run as the source of an encoder.

The room of runs lies above `kpoc.models`, which needs this.
"""

from __future__ import annotations

import hashlib
import zipfile
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePath

from kpoc.ground.json_files import read_json
from kpoc.ground.run_files import MODEL, RECIPE, RECORD
from kpoc.ground.yaml_values import read_yaml

# all of a saved model but the time at which it was saved
_CONTENT = ("config.json", "model.weights.h5")


@dataclass(frozen=True)
class TrainedRun:
    """A run that is finished and has a model.

    Attributes:
        path: Its directory.
        info: What its `run.json` says.
    """

    path: Path
    info: dict

    @classmethod
    def find(cls, path: Path) -> TrainedRun | None:
        """The run in a directory; None if there is none.

        Raises:
            ValueError: It is not finished, or has no model.
        """
        if not (path / RECORD).is_file():
            return None
        info = read_json(path / RECORD)
        status = info.get("status")
        if status != "finished":
            raise ValueError(
                "`weights` must be the directory of a finished run. "
                f"Received: {path}, which is {status!r}"
            )
        if not ((path / MODEL).is_file() and (path / RECIPE).is_file()):
            raise ValueError(
                f"`weights` must be the directory of a run that holds {MODEL} and "
                f"{RECIPE}. Received: {path}"
            )
        return cls(path, info)

    @property
    def model_file(self) -> Path:
        """The saved model."""
        return self.path / MODEL

    @cached_property
    def model_config(self) -> dict:
        """The `model` part of its recipe."""
        return read_yaml(self.path / RECIPE)["model"]

    @property
    def origin(self) -> str:
        """What it is, for people, without the folder it lies in."""
        parts = PurePath(self.info["recipe"]).with_suffix("").parts[-2:]
        return f"encoder of {'/'.join(parts)}, seed {self.info['seed']}"

    @property
    def facts(self) -> dict[str, object]:
        """What a run that goes on from it says of it."""
        known = ("recipe", "seed", "data", "weights")
        return {name: self.info.get(name) for name in known}

    def hashes(self) -> list[str]:
        """SHA-256 of each part of the saved model: those of the same training agree.

        Raises:
            ValueError: The file is cut off.
        """
        try:
            with zipfile.ZipFile(self.model_file) as file:
                return [_sha256(file, name) for name in _CONTENT]
        except (zipfile.BadZipFile, KeyError) as error:
            raise ValueError(
                f"`weights` must be a run whose {MODEL} is whole. "
                f"Received: {self.path}: {error}"
            ) from error


def runs_inside(folder: Path) -> list[Path]:
    """Directories of runs right below a folder, sorted."""
    return [file.parent for file in sorted(folder.glob(f"*/{RECORD}"))]


def _sha256(file: zipfile.ZipFile, name: str) -> str:
    with file.open(name) as content:
        return hashlib.file_digest(content, "sha256").hexdigest()
