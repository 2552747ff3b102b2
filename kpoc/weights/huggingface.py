"""A checkpoint as Hugging Face lays it out: config.json, safetensors, preprocessing."""

import json
import re
from pathlib import Path

from kpoc.ground.errors import UserError

CONFIG = "config.json"
PREPROCESSING = "preprocessor_config.json"
WEIGHTS = "model.safetensors"
INDEX = "model.safetensors.index.json"
_TOLD_BY = ("*.safetensors", CONFIG, PREPROCESSING)
_PICKLES = ("*.bin", "*.pt", "*.pth", "*.ckpt")


class CheckpointError(UserError, ValueError):
    """A checkpoint that is not what it should be."""


class Folder:
    """The folder of one checkpoint.

    Args:
        path: The folder.

    Raises:
        CheckpointError: There is no config.json or no safetensors file.
    """

    def __init__(self, path):
        self.path = Path(path)
        if not self.path.is_dir():
            raise CheckpointError(
                f"`folder` must be a folder that holds {CONFIG} and {WEIGHTS}. "
                f"Received: {path}"
            )
        if not (self.path / CONFIG).is_file():
            raise CheckpointError(f"`folder` must hold {CONFIG}. Received: {path}")
        if not self.files():
            pickles = [f.name for p in _PICKLES for f in sorted(self.path.glob(p))]
            hint = (
                f" ({', '.join(pickles)} would be unpickled, which can run any code; "
                "ask for the checkpoint's safetensors or convert it where you trust it)"
                if pickles
                else ""
            )
            raise CheckpointError(
                f"`folder` must hold {WEIGHTS} or {INDEX}. Received: {path}{hint}"
            )

    @classmethod
    def find(cls, folder_or_repo):
        """A folder by path, else from the Hugging Face hub's cache or the hub.

        Raises:
            CheckpointError: Neither a folder nor a repository that can be had.
        """
        given = str(folder_or_repo)
        if Path(given).is_dir() or given.startswith((".", "/", "~")):
            return cls(Path(given).expanduser())
        return cls(_download(given))

    @property
    def config(self):
        """What config.json says."""
        return _mapping(self.path / CONFIG)

    @property
    def preprocessing(self):
        """What preprocessor_config.json says; {} where there is none."""
        file = self.path / PREPROCESSING
        return _mapping(file) if file.is_file() else {}

    def files(self):
        """The safetensors files that hold the weights."""
        if (self.path / WEIGHTS).is_file():
            return [self.path / WEIGHTS]
        if not (self.path / INDEX).is_file():
            return []
        placed = _mapping(self.path / INDEX).get("weight_map")
        if not isinstance(placed, dict) or not placed:
            raise CheckpointError(
                f"{self.path / INDEX} must hold the `weight_map`, the file of each "
                f"tensor. Received: {placed!r}"
            )
        names = sorted(set(placed.values()))
        missing = [name for name in names if not (self.path / name).is_file()]
        if missing:
            raise CheckpointError(
                f"`folder` must hold all files that {INDEX} names. "
                f"Received: {self.path} without {', '.join(missing)}"
            )
        return [self.path / name for name in names]

    def shapes(self):
        """Shape of each tensor, by name; nothing is read into memory."""
        return {name: shape for name, (_, shape) in self._where().items()}

    def read(self, names):
        """Reads some tensors as float32 arrays, by name, one at a time.

        Yields:
            `(name, array)`.
        """
        import ml_dtypes  # noqa: F401 (teaches numpy bfloat16)
        from safetensors import safe_open

        where = self._where()
        for name in names:
            with safe_open(where[name][0], "numpy") as file:
                yield name, file.get_tensor(name).astype("float32")

    def _where(self):
        from safetensors import SafetensorError, safe_open

        found = {}
        for path in self.files():
            try:
                with safe_open(path, "numpy") as file:
                    for name in file.keys():  # noqa: SIM118 (no mapping)
                        shape = tuple(file.get_slice(name).get_shape())
                        found[name] = (path, shape)
            except SafetensorError as error:
                raise CheckpointError(
                    f"`folder` must hold whole safetensors files. Received: {path}: "
                    f"{error}"
                ) from None
        return found


def told_by(path):
    """The files of a folder that say what its checkpoint is; none if it holds none.

    The JSON says how the tensors, and images before them, are used.
    """
    return [file for kind in _TOLD_BY for file in sorted(Path(path).glob(kind))]


def is_repository(name):
    """Whether a name may be that of a repository of the hub.

    Example:
        >>> is_repository("facebook/dino-vits8"), is_repository("mine/net.weights.h5")
        (True, False)
    """
    files = (".h5", ".keras", ".safetensors")
    owner_and_name = re.fullmatch(r"[\w-][\w.-]*/[\w.-]+", name)
    return bool(owner_and_name) and not name.endswith(files)


def _mapping(file):
    """What a JSON file says."""
    try:
        said = json.loads(file.read_text(encoding="utf-8"))
    except ValueError as error:
        raise CheckpointError(
            f"`folder` must hold valid JSON. Received: {file}: {error}"
        ) from error
    if not isinstance(said, dict):
        raise CheckpointError(
            f"`folder` must hold a mapping in JSON. Received: {file}: {said!r:.60}"
        )
    return said


def _download(repo):
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError

    try:
        return snapshot_download(
            repo, allow_patterns=[CONFIG, PREPROCESSING, "*.safetensors", INDEX]
        )
    except (HfHubHTTPError, LocalEntryNotFoundError, OSError, ValueError) as error:
        raise CheckpointError(
            "`folder_or_repo` must be a folder of a checkpoint or of a run, or a "
            "repository of the Hugging Face hub that is in its cache or can be "
            "downloaded. Without network, download "
            f"it where there is one (hf download {repo} --local-dir DIR) and give "
            "DIR. "
            f"Received: {repo!r}: {str(error).splitlines()[0]}"
        ) from error
