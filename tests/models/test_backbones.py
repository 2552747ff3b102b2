"""The registry's ViTs and keras.applications: shapes, scaling, weights, freezing."""

from pathlib import Path

import keras
import numpy as np
import pytest

from kpoc import models
from kpoc.models.freezing import freeze
from kpoc.recipe import load_recipe
from kpoc.recipe.model_choice import choose_model

TINY_VIT = Path(__file__).parents[1] / "reference" / "hf_vit_tiny"


def images(count, side):
    rng = np.random.default_rng(0)
    return rng.integers(0, 256, (count, side, side, 3)).astype("float32")


def test_every_model_of_keras_applications_is_registered():
    classes = [name for name in dir(keras.applications) if name[0].isupper()]
    squashed = {name.replace("_", "") for name in models.backbone_names()}
    assert not [name for name in classes if name.lower() not in squashed]
    with pytest.raises(ValueError, match="resnet50"):
        models.get_backbone("resnet5O")


@pytest.mark.parametrize(
    ("name", "module"),
    [
        ("resnet50", "resnet"),
        ("densenet121", "densenet"),
        ("resnet50_v2", "resnet_v2"),
        ("nasnet_mobile", "nasnet"),
        ("efficientnet_b0", "efficientnet"),
    ],
)
def test_the_scaling_is_keras_own_preprocess_input(name, module):
    from kpoc.models.backbones import applications

    [scaling] = [
        scaling
        for scaling, _, names in applications._FAMILIES
        if name in map(applications.registered_name, names.split())
    ]
    batch = images(2, 8)
    expected = getattr(keras.applications, module).preprocess_input(batch.copy())
    np.testing.assert_allclose(np.asarray(scaling()(batch)), expected, atol=2e-4)


def test_small_inputs_are_refused_as_keras_refuses_them():
    recipe = load_recipe(
        "portraits/baseline", {"model.backbone": "inception_v3", "image_size": 74}
    )
    with pytest.raises(ValueError, match="at least 75"):
        models.build(recipe.model, recipe.task, recipe.image_size)


def test_a_folder_of_hugging_face_becomes_a_backbone_with_its_normalisation():
    backbone = models.get_backbone("vit").build(48, str(TINY_VIT))
    vit = models.ViT.from_huggingface(TINY_VIT)
    batch = images(2, 48)
    expected = vit.tokens((batch / 255 - 0.5) / 0.5)[:, 0]
    np.testing.assert_allclose(backbone(batch), expected, atol=1e-5)
    with pytest.raises(ValueError, match=r"random weights.*\['depth'\]"):
        models.get_backbone("vit").build(48, str(TINY_VIT), depth=2)


def test_a_recipe_builds_a_vit_with_heads_on_its_class_token():
    change = {"model.weights": str(TINY_VIT), "image_size": 32}
    recipe = load_recipe("portraits/vit", {**change, "model.options": {}})
    recipe = load_recipe(recipe, {"model.backbone": "vit_s16"})
    model = models.build(recipe.model, recipe.task, 32)
    outputs = model(images(2, 40).astype("uint8"))
    assert {name: tuple(value.shape) for name, value in outputs.items()} == {
        "age": (2, 1),
        "kind": (2, 1),
        "tribe": (2, 4),
    }


def test_a_side_that_the_patch_does_not_divide_is_refused_when_the_model_is_built():
    recipe = load_recipe("portraits/vit")
    whole = {"model.backbone": "vit_s16", "model.weights": str(TINY_VIT)}
    for each in (recipe, load_recipe(recipe, whole)):
        with pytest.raises(ValueError, match=r"patch size, 8, divides.*60 x 60"):
            models.build(each.model, each.task, 60)


def test_weights_by_the_word_pretrained():
    assert models.get_backbone("resnet50").resolve("pretrained") == "imagenet"
    assert models.get_backbone("dino_vits8").resolve("pretrained") == "dino"
    assert "ImageNet" in models.get_backbone("resnet50").origin("pretrained")
    assert models.get_backbone("resnet50").origin("mine.weights.h5") is None
    assert models.get_backbone("resnet50").origin(None) is None
    with pytest.raises(ValueError, match="small_cnn must be null or a path"):
        models.get_backbone("small_cnn").resolve("pretrained")


def test_layers_are_frozen_by_name():
    backbone = models.get_backbone("vit").build(32, str(TINY_VIT))
    freeze(backbone, r"patches|positions|block_[01]$")
    vit = backbone.get_layer("vit")
    assert [block.trainable for block in vit.blocks] == [False, False, True]
    names = {variable.path.split("/")[1] for variable in backbone.trainable_variables}
    assert names == {"class_token", "block_2", "norm"}
    with pytest.raises(ValueError, match=r"`freeze` must find.*vit.*'blokc'"):
        freeze(backbone, "blokc")


def test_another_backbone_inherits_neither_options_nor_freeze():
    change = {"model.freeze": "x", "model.backbone": "mobilenet_v2"}
    recipe = load_recipe("faces/baseline", {"model.backbone": "resnet50"})
    assert recipe.model.options == {}
    recipe = load_recipe("faces/baseline", change)
    assert recipe.model.freeze == "x" and recipe.model.options == {}
    kept = load_recipe("faces/baseline", {"model.options.padding": "symmetric"})
    assert kept.model.options == {"batch_norm_momentum": 0.99, "padding": "symmetric"}


def test_a_model_is_a_recipe_beside_or_another_backbone():
    assert choose_model("portraits/baseline", "vit") == ("portraits/vit", {})
    recipe, changes = choose_model("portraits/baseline", "mobilenet_v2")
    loaded = load_recipe(recipe, changes).model
    assert (loaded.backbone, loaded.weights) == ("mobilenet_v2", None)
    recipe, changes = choose_model("faces/lmf", "dino_vits8")
    loaded = load_recipe(recipe, changes).model
    assert (loaded.backbone, loaded.weights) == ("dino_vits8", "pretrained")


def test_a_recipe_of_ones_own_has_its_own_beside_it(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "portraits"  # as kpoc's own
    folder.mkdir()
    (folder / "mine.yaml").write_text("extends: portraits/baseline\nepochs: 77\n")
    recipe, changes = choose_model("portraits/mine.yaml", "vit")
    assert (recipe, changes["model.backbone"]) == ("portraits/mine.yaml", "vit")
    (folder / "vit.yaml").write_text("extends: portraits/vit\n")
    assert choose_model("portraits/mine.yaml", "vit") == ("portraits/vit.yaml", {})


def test_a_backbone_without_weights_refuses_a_file_of_them(tmp_path):
    (tmp_path / "some.weights.h5").write_bytes(b"some")
    weights = str(tmp_path / "some.weights.h5")
    with pytest.raises(ValueError, match="`weights` must be null for small_cnn"):
        models.get_backbone("small_cnn").build(32, weights=weights)


def test_a_hybrid_is_its_stem_and_a_transformer_on_the_feature_map(tmp_path):
    stem = keras.applications.MobileNetV2(
        input_shape=(64, 64, 3), include_top=False, weights=None
    )
    stem.save_weights(tmp_path / "stem.weights.h5")
    build = models.get_backbone("hybrid").build
    backbone = build(64, str(tmp_path / "stem.weights.h5"), width=24, depth=2)
    batch = images(2, 64)
    cut = keras.Model(stem.input, stem.get_layer("block_12_add").output)
    expected = backbone.get_layer("vit")(cut(batch / 127.5 - 1))
    np.testing.assert_allclose(backbone(batch), expected, atol=1e-5)
    assert backbone.output_shape == (None, 24)
    plain = build(64, None, stem="convolutions", width=24, depth=1)
    assert plain.get_layer("vit").config["image_size"] == [4, 4]
    for options, message in (
        ({"cut": "blok"}, r"`cut`.*block_12_add.*'blok'"),
        ({"stem": "resnet"}, r"`stem`.*'resnet'"),
        ({"stem": "convolutions", "weights": "x.h5"}, r"`weights`.*'x\.h5'"),
    ):
        with pytest.raises(ValueError, match=message):
            build(64, **options)
