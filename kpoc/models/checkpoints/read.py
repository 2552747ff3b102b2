"""A checkpoint's folder to a ViT."""

import math
import re

from kpoc.models.checkpoints.dialects import dialects
from kpoc.models.checkpoints.layout import expected_shape, to_keras
from kpoc.models.checkpoints.preprocessing import Preprocessing
from kpoc.models.vit import ViT
from kpoc.weights.huggingface import CheckpointError, Folder


def read_vit(folder_or_repo, *, classifier=True, pooler=False, **changes):
    """Reads a ViT from a folder or a repository of the Hugging Face hub.

    ViTForImageClassification, ViTModel, DINO, DINOv2, CLIP's image tower and timm's
    plain ViTs are read, from safetensors in one or several files. Nothing is unpickled.

    Args:
        folder_or_repo: The folder, or a repository's id, which is looked up in the
            hub's cache and downloaded if it is not there.
        classifier: Whether the checkpoint's classifier is read, if it has one.
        pooler: Whether the checkpoint's pooler (a dense layer and tanh on the class
            token) is read and gives the features. Facebook's DINO folders have none.
        **changes: Arguments of `kpoc.models.ViT` that say nothing of the tensors, such
            as `stochastic_depth`, `dropout` and `dtype`.

    Returns:
        A `kpoc.models.ViT` on normalised float NHWC images.

    Raises:
        CheckpointError: Another architecture; missing, unexpected or mis-shaped
            tensors, all of them listed; a folder or repository that cannot be had.

    Example:
        >>> vit = read_vit("facebook/dino-vits8")  # doctest: +SKIP
        >>> vit.attentions(images)[-1][:, :, 0, 1:]  # doctest: +SKIP
    """
    folder = Folder.find(folder_or_repo)
    config = folder.config
    dialect = find_dialect(config, folder.path)
    shapes = folder.shapes()
    bare = {_bare(name, dialect.prefixes(config)): name for name in shapes}
    try:
        arguments = dialect.arguments(config, bare)
        if not classifier:
            mean = arguments.get("pooling") == "mean"
            arguments |= {"num_classes": None, "pooling": "mean" if mean else "token"}
        if pooler:
            arguments["pooling"] = "pooler"
        vit = ViT(**arguments | changes)
    except (KeyError, TypeError, ValueError) as error:
        raise CheckpointError(
            f"`folder` must hold the config.json of a {dialect.NAMES}. "
            f"Received: {folder.path}: {error}"
        ) from error
    wanted = dialect.tensors(vit.config)
    ours = by_path(vit)
    unused = r"classifier\..*|head\..*" if not classifier else r"(?!)"
    _check(folder, dialect, wanted, ours, shapes, bare, unused)
    for path, names in wanted.items():
        names = [bare[name] for name in _listed(names)]
        arrays = [array for _, array in folder.read(names)]
        ours[path].assign(to_keras(path, arrays).reshape(ours[path].shape))
    return vit


def read_preprocessing(folder, size):
    """How a checkpoint wants its images.

    Args:
        folder: A `Folder`.
        size: The model's native size, where the checkpoint does not say.

    Raises:
        CheckpointError: It says it in another way than kpoc understands.
    """
    config, dialect = folder.config, find_dialect(folder.config, folder.path)
    said = folder.preprocessing
    if not said and hasattr(dialect, "preprocessing"):
        said = dialect.preprocessing(config)
    try:
        return Preprocessing.from_config(said, size)
    except (TypeError, ValueError) as error:
        raise CheckpointError(
            f"`folder` must say how images are normalised. Received: {folder.path}: "
            f"{error}"
        ) from error


def find_dialect(config, path):
    """The dialect of a config.json."""
    known = dialects()
    for dialect in known.values():
        if dialect.speaks(config):
            return dialect
    raise CheckpointError(
        "`folder` must hold one of: "
        + "; ".join(dialect.NAMES for dialect in known.values())
        + f". Received: {path}: model_type={config.get('model_type')!r}, "
        f"architecture={config.get('architecture', config.get('architectures'))!r}"
    )


def by_path(vit):
    """Variables of a ViT by the path below the model."""
    return {variable.path.split("/", 1)[1]: variable for variable in vit.weights}


def _bare(name, prefixes):
    for prefix in prefixes:
        name = name.removeprefix(prefix)
    return name


def _listed(names):
    return [names] if isinstance(names, str) else names


def _check(folder, dialect, wanted, ours, shapes, bare, unused):
    problems, used = [], set()
    for path, names in wanted.items():
        names = _listed(names)
        expected = expected_shape(path, tuple(ours[path].shape), len(names))
        for name in names:
            used.add(name)
            if name not in bare:
                problems.append(f"missing: {name} {expected}")
            elif not _fits(shapes[bare[name]], expected):
                problems.append(
                    f"mis-shaped: {name} is {shapes[bare[name]]}, not {expected}"
                )
    ignored = re.compile(f"{dialect.ignored}|{unused}")
    problems += [
        f"unexpected: {name}"
        for name in bare
        if name not in used and not ignored.fullmatch(name)
    ]
    if problems:
        raise CheckpointError(
            f"`folder` must hold the tensors of its config.json. Received: "
            f"{folder.path} with {len(problems)} that differ:\n"
            + "\n".join(f"- {problem}" for problem in problems)
        )


def _fits(found, expected):
    # leading axes of length 1 come and go: (C,) and (1, 1, C) are one token
    return math.prod(found) == math.prod(expected) and _core(found) == _core(expected)


def _core(shape):
    shape = list(shape)
    while len(shape) > 1 and shape[0] == 1:
        shape.pop(0)
    return shape
