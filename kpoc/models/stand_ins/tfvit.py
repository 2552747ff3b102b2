"""`TFViTForImageClassification` of transformers 4 in the place of kpoc's own ViT.

It runs on tf_keras, in the environment `tfvit` alone (`kpoc.ground.environments`). Its
classifier gives all outputs of the model, those of one target beside the next's.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf
from keras import layers
from transformers import (
    TFViTForImageClassification,
    logging,
    modeling_tf_pytorch_utils,
    modeling_tf_utils,
)

from kpoc.ground.files import temporary_folder
from kpoc.models.checkpoints import CheckpointError, write_vit
from kpoc.models.checkpoints.dialects import vit as dialect
from kpoc.models.checkpoints.read import by_path
from kpoc.models.stand_ins import StandIn
from kpoc.models.to_size import ImagesToSize
from kpoc.models.vit import ViT

TOLERANCE = 1e-4
"""How far the logits may lie apart, absolute and relative."""

_CLASSIFIER = "classifier"


def load(folder: str | Path) -> TFViTForImageClassification:
    """Reads a folder of ViTForImageClassification's, safetensors of PyTorch's too.

    Raises:
        CheckpointError: Tensors differ, which transformers only warns of.
    """
    with _iterable_safetensors(), _without_advice():
        model, found = TFViTForImageClassification.from_pretrained(
            folder,
            use_safetensors=True,
            local_files_only=True,
            output_loading_info=True,
        )
    if wrong := {key: names for key, names in found.items() if names}:
        raise CheckpointError(
            "`folder` must hold the tensors of TFViTForImageClassification. "
            f"Received: {folder}: {wrong}"
        )
    return model


@contextlib.contextmanager
def _iterable_safetensors() -> Iterator[None]:
    """Lets transformers 4.57 loop over an open file's names, which no file has allowed.

    Its TensorFlow half was left without the loop over `keys()` that its PyTorch half
    has: `TypeError: 'safe_open' object is not iterable`.
    """
    modules = (modeling_tf_utils, modeling_tf_pytorch_utils)
    plain = modeling_tf_utils.safe_open

    class Iterable:
        def __init__(self, *words, **options):
            self._opened = plain(*words, **options)

        def __enter__(self):
            self._file = self._opened.__enter__()
            return self

        def __exit__(self, *error):
            return self._opened.__exit__(*error)

        def __iter__(self):
            return iter(self._file.keys())

        def __getattr__(self, name):
            return getattr(self._file, name)

    for module in modules:
        module.safe_open = Iterable
    try:
        yield
    finally:
        for module in modules:
            module.safe_open = plain


@contextlib.contextmanager
def _without_advice() -> Iterator[None]:
    before = logging.get_verbosity()
    logging.set_verbosity_error()
    try:
        yield
    finally:
        logging.set_verbosity(before)


def stand_in(core: keras.Model) -> StandIn:
    """See the package.

    Args:
        core: A ViT's features with nothing but one dense layer a target after them.

    Raises:
        ValueError: `TFViTForImageClassification` has no such layers.
    """
    inner = list(core._flatten_layers())
    vit = next(layer for layer in inner if isinstance(layer, ViT))
    heads = [core.get_layer(name) for name in core.output_names]
    _require_plain(core, vit, heads)
    whole = _with_classifier(vit, heads)
    with temporary_folder() as folder:
        write_vit(whole, folder)
        theirs = load(folder)
    names = _their_variables(whole, theirs)
    layer = _Layer(theirs, _keras_variables(vit, heads, names))
    rescaling = next(each for each in inner if isinstance(each, layers.Rescaling))
    side = core.input.shape[1]
    images = keras.Input((side, side, 3), dtype="uint8")
    logits = layer(rescaling(ImagesToSize(side)(images)))
    outputs, first = {}, 0
    for head in heads:
        part = logits[:, first : first + head.units]
        outputs[head.name] = layers.Identity(name=head.name)(part)
        first += head.units
    model = keras.Model(images, outputs, name="core")

    def give_back() -> dict[str, object]:
        _copy_back(names, vit, heads)
        facts = {
            "class": "transformers.TFViTForImageClassification",
            "versions": {
                name: metadata.version(name) for name in ("transformers", "tf_keras")
            },
            "largest_difference": _difference(model, core),
        }
        return {"stand_in": facts}

    return StandIn(model, give_back)


def _require_plain(core: keras.Model, vit: ViT, heads: list[layers.Dense]) -> None:
    between = {
        layer.name
        for layer in core.layers
        if isinstance(layer, layers.Dense | layers.Dropout) and layer not in heads
    }
    wrong = [f"{name} before the heads" for name in sorted(between)]
    if vit.dtype_policy.name != "float32":
        wrong.append(f"precision {vit.dtype_policy.name}")
    if reason := dialect.fits(vit.config):
        wrong.append(reason)
    if wrong:
        raise ValueError(
            "`model` must be a plain ViT in float32 with nothing between it and the "
            "heads for TFViTForImageClassification: model.dense_units=null "
            f"model.dropout=0 precision=float32. Received: {'; '.join(wrong)}"
        )


def _with_classifier(vit: ViT, heads: list[layers.Dense]) -> ViT:
    """A copy of a ViT whose classifier is all heads side by side."""
    units = sum(head.units for head in heads)
    whole = ViT(**vit.config | {"num_classes": units})
    values, own = by_path(whole), by_path(vit)
    for path, variable in own.items():
        values[path].assign(variable)
    for part in ("kernel", "bias"):
        joined = np.concatenate([getattr(head, part) for head in heads], axis=-1)
        values[f"{_CLASSIFIER}/{part}"].assign(joined)
    return whole


def _their_variables(
    whole: ViT, theirs: TFViTForImageClassification
) -> dict[str, list[tf.Variable]]:
    """By our path, their variables: three for a fused projection."""
    found = {}
    for variable in theirs.weights:
        name, _ = modeling_tf_pytorch_utils.convert_tf_weight_name_to_pt_weight_name(
            variable.name, tf_weight_shape=variable.shape
        )
        found[name.removeprefix("vit.")] = variable
    wanted = dialect.tensors(whole.config)
    return {
        path: [found[name] for name in ([names] if isinstance(names, str) else names)]
        for path, names in wanted.items()
    }


def _keras_variables(
    vit: ViT, heads: list[layers.Dense], names: dict[str, list[tf.Variable]]
) -> list[keras.Variable]:
    """Their variables as Keras 3 takes them: it trains what the ViT would train."""
    own, made = by_path(vit), []
    for path, variables in names.items():
        *scopes, name = path.split("/")
        trainable = own[path].trainable if path in own else heads[0].trainable
        # the paths of our own, by which rates fall with depth
        with contextlib.ExitStack() as stack:
            for scope in ("vit", *scopes):
                stack.enter_context(keras.name_scope(scope))
            made += [
                keras.Variable(variable, trainable=trainable, name=name)
                for variable in variables
            ]
    return made


class _Layer(layers.Layer):
    """Their model as a layer of Keras 3 that shares its variables."""

    def __init__(
        self, theirs: TFViTForImageClassification, variables: list[keras.Variable]
    ):
        super().__init__(name="tfvit")
        self._units = theirs.config.num_labels
        # in a function, or Keras 3 would look into it for layers of its own
        self._logits = lambda pixels, training: (
            theirs(pixel_values=pixels, training=training, return_dict=True).logits
        )
        for variable in variables:
            self._track_variable(variable)
        self.built = True

    def call(self, images, training=False):
        # their images have the channels first
        return self._logits(tf.transpose(images, (0, 3, 1, 2)), bool(training))

    def compute_output_shape(self, input_shape):
        return (input_shape[0], self._units)


def _copy_back(
    names: dict[str, list[tf.Variable]], vit: ViT, heads: list[layers.Dense]
) -> None:
    values = {
        path: np.concatenate([variable.numpy() for variable in variables], axis=-1)
        for path, variables in names.items()
    }
    for path, variable in by_path(vit).items():
        variable.assign(values[path].reshape(variable.shape))
    first = 0
    for head in heads:
        for part in ("kernel", "bias"):
            columns = values[f"{_CLASSIFIER}/{part}"][..., first : first + head.units]
            getattr(head, part).assign(columns)
        first += head.units


def _difference(model: keras.Model, core: keras.Model) -> float:
    """The largest difference of the logits of noise.

    Raises:
        RuntimeError: It is too large: the weights were not understood.
    """
    shape = (4, *core.input.shape[1:])
    images = np.random.default_rng(0).integers(0, 256, shape, "uint8")
    pairs = [
        (np.asarray(theirs), np.asarray(ours))
        for theirs, ours in (
            (model(images)[name], core(images)[name]) for name in core.output_names
        )
    ]
    largest = max(float(np.abs(a - b).max()) for a, b in pairs)
    if not all(np.allclose(a, b, rtol=TOLERANCE, atol=TOLERANCE) for a, b in pairs):
        raise RuntimeError(
            "TFViTForImageClassification and kpoc's ViT with its weights must give the "
            f"same logits. Received: {largest:.2g} apart"
        )
    return largest
