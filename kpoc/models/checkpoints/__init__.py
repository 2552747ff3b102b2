"""Checkpoints of other libraries, in and out; nothing is ever unpickled."""

from kpoc.models.checkpoints.preprocessing import Preprocessing
from kpoc.models.checkpoints.read import read_preprocessing, read_vit
from kpoc.models.checkpoints.write import write_vit
from kpoc.weights.huggingface import CheckpointError, Folder

__all__ = [
    "CheckpointError",
    "Folder",
    "Preprocessing",
    "read_preprocessing",
    "read_vit",
    "write_vit",
]
