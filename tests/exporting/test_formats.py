"""Formats alone, on models that were not trained."""

import json
import zipfile

import keras
import numpy as np
import pytest

from kpoc import models
from kpoc.batches.targets import decode
from kpoc.exporting.serving import serving_model
from kpoc.recipe import load_recipe

# Keras' own, with NumPy 2
pytestmark = pytest.mark.filterwarnings("ignore:In the future `np.object`")

CARD = json.dumps({"recipe": "täst"})


def small_recipe(**model):
    """A recipe with every kind of target."""
    return load_recipe(
        {
            **load_recipe("portraits/baseline").to_dict(),
            "task": {
                "protocol": "portraits",
                "targets": {
                    "body-mass": {
                        "kind": "regression",
                        "transform": "log1p",
                        "range": [0, 200],
                        "loss": "mae",
                        "metrics": ["mae"],
                    },
                    "isGood": {
                        "kind": "binary",
                        "classes": ["no", "yes"],
                        "loss": "binary_crossentropy",
                        "metrics": ["accuracy"],
                    },
                    "size_2": {
                        "kind": "categorical",
                        "classes": ["S", "M", "L"],
                        "loss": "sparse_categorical_crossentropy",
                        "metrics": ["accuracy"],
                    },
                },
            },
            "primary": "isGood.accuracy",
            "image_size": 16,
            "model": {"weights": None, "dense_units": 8, **model},
        }
    )


def round_trip(form, folder, recipe):
    """Predictions of a model after writing and loading, and what they should be."""
    keras.utils.set_random_seed(0)
    model = models.build(recipe.model, recipe.task, recipe.image_size)
    core = model.get_layer("core")
    targets = recipe.task.targets
    served = serving_model(core, targets, recipe.image_size, form.resizes_natively)
    path = folder / form.file
    form.write(served, path, CARD)
    predict = form.load(path)
    shapes = [(1, 16, 16, 3), (2, 40, 23, 3), (1, 9, 61, 3)]
    if recipe.image_size != 16:
        shapes = [(1, recipe.image_size, recipe.image_size, 3)]
    for shape in shapes:
        images = np.random.default_rng(3).integers(0, 256, shape, "uint8")
        outputs = {n: np.asarray(x) for n, x in model(images).items()}
        got = predict(images)
        assert set(got) == set(targets)
        for name, target in targets.items():
            expected = decode(target, outputs[name])
            assert got[name].dtype == np.float32
            assert got[name].shape == expected.shape
            # beside arithmetic, a pixel may be rounded the other way
            np.testing.assert_allclose(got[name], expected, rtol=2e-3, atol=1e-4)
    return path


def test_any_size_and_any_batch(form, tmp_path):
    options = {"width": 4, "stages": 2, "units": 8}
    path = round_trip(
        form, tmp_path, small_recipe(backbone="small_cnn", options=options)
    )
    assert CARD in _text(path)


def _text(path) -> str:
    """The card of a file, read with the tools of its format."""
    if path.is_dir():
        return (path / "kpoc.json").read_text(encoding="utf-8")
    if path.suffix == ".tflite":
        return zipfile.ZipFile(path).read("kpoc.json").decode()
    import onnxruntime

    session = onnxruntime.InferenceSession(path)
    assert session.get_inputs()[0].shape == ["batch", "height", "width", 3]
    return session.get_modelmeta().custom_metadata_map["kpoc"]


@pytest.mark.slow
@pytest.mark.parametrize(
    "backbone",
    ["convnext_tiny", "efficientnet_v2_b0", "mobilenet_v3_small", "vit_ti16"],
)
def test_real_backbones(form, backbone, tmp_path):
    recipe = small_recipe(backbone=backbone)
    size = max(models.get_backbone(backbone).smallest, 64)
    recipe = load_recipe(recipe, {"image_size": size})
    round_trip(form, tmp_path, recipe)
