"""Folders of other libraries: read, written, refused; transformers is the judge."""

import json
import shutil
from pathlib import Path

import keras
import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from kpoc.models import ViT
from kpoc.models.checkpoints import (
    CheckpointError,
    Folder,
    Preprocessing,
    read_preprocessing,
)

REFERENCE = Path(__file__).parents[1] / "reference"
IMAGES = np.random.default_rng(5).normal(size=(2, 32, 32, 3)).astype("float32")


def outputs(vit):
    return keras.ops.convert_to_numpy(vit(IMAGES))


def rewritten(folder, rename=lambda name: name, change=None, config=None):
    """A copy of the tiny classifier with other tensors or another config."""
    shutil.copytree(REFERENCE / "hf_vit_tiny", folder)
    tensors = load_file(folder / "model.safetensors")
    tensors = {rename(name): value for name, value in tensors.items()}
    (change or (lambda t: None))(tensors)
    (folder / "model.safetensors").unlink()
    save_file(tensors, folder / "model.safetensors")
    if config:
        content = json.loads((folder / "config.json").read_text())
        (folder / "config.json").write_text(json.dumps(content | config))
    return folder


def test_what_was_read_is_written_again_tensor_by_tensor(tmp_path):
    for name in ("hf_vit_tiny", "hf_vit_tiny_dino"):
        pooler = name.endswith("dino")
        vit = ViT.from_huggingface(REFERENCE / name, pooler=pooler)
        vit.save_huggingface(tmp_path / name)
        ours = load_file(tmp_path / name / "model.safetensors")
        theirs = load_file(REFERENCE / name / "model.safetensors")
        assert set(ours) == set(theirs)
        for key, value in theirs.items():
            np.testing.assert_array_equal(ours[key], value)


def sharded(folder):
    """The tiny classifier in two files."""
    rewritten(folder)
    tensors = load_file(folder / "model.safetensors")
    (folder / "model.safetensors").unlink()
    names = sorted(tensors)
    halves = {"a.safetensors": names[::2], "b.safetensors": names[1::2]}
    for file, part in halves.items():
        save_file({name: tensors[name] for name in part}, folder / file)
    index = {name: file for file, part in halves.items() for name in part}
    text = json.dumps({"weight_map": index})
    (folder / "model.safetensors.index.json").write_text(text)
    return folder


def test_several_files_are_read_as_one(tmp_path):
    folder = sharded(tmp_path / "sharded")
    expected = outputs(ViT.from_huggingface(REFERENCE / "hf_vit_tiny"))
    np.testing.assert_array_equal(outputs(ViT.from_huggingface(folder)), expected)
    (folder / "b.safetensors").unlink()
    with pytest.raises(CheckpointError, match=r"without b\.safetensors"):
        ViT.from_huggingface(folder)


def test_half_precision_files_are_read(tmp_path):
    import ml_dtypes

    expected = outputs(ViT.from_huggingface(REFERENCE / "hf_vit_tiny"))
    for dtype, atol in (("float16", 0.02), (ml_dtypes.bfloat16, 0.2)):

        def shrink(tensors, dtype=dtype):
            tensors.update({k: v.astype(dtype) for k, v in tensors.items()})

        folder = rewritten(tmp_path / np.dtype(dtype).name, change=shrink)
        vit = ViT.from_huggingface(folder)
        np.testing.assert_allclose(outputs(vit), expected, atol=atol)
        kernel = load_file(folder / "model.safetensors")["classifier.weight"]
        np.testing.assert_array_equal(
            vit.classifier.kernel.numpy(), kernel.astype("float32").T
        )


def test_the_classifier_can_be_left_behind():
    vit = ViT.from_huggingface(REFERENCE / "hf_vit_tiny", classifier=False)
    assert vit(IMAGES).shape == (2, 48) and vit.classifier is None


def test_all_tensors_that_differ_are_listed(tmp_path):
    def spoil(tensors):
        del tensors["vit.layernorm.bias"]
        tensors["vit.extra"] = np.zeros(3, "float32")
        tensors["classifier.weight"] = np.zeros((5, 47), "float32")

    folder = rewritten(tmp_path / "spoilt", change=spoil)
    with pytest.raises(CheckpointError) as caught:
        ViT.from_huggingface(folder)
    text = str(caught.value)
    assert "with 3 that differ" in text
    assert "missing: layernorm.bias (48,)" in text
    assert "unexpected: extra" in text
    assert "mis-shaped: classifier.weight is (5, 47), not (5, 48)" in text


def test_they_are_listed_over_several_files(tmp_path):
    folder = sharded(tmp_path / "sharded")
    last = load_file(folder / "b.safetensors")
    gone = sorted(last)[-2:]
    save_file(
        {name: value for name, value in last.items() if name not in gone}
        | {"vit.more": np.zeros(2, "float32")},
        folder / "b.safetensors",
    )
    with pytest.raises(CheckpointError, match="with 3 that differ") as caught:
        ViT.from_huggingface(folder)
    for name in [f"missing: {each.removeprefix('vit.')}" for each in gone]:
        assert name in str(caught.value)
    assert "unexpected: more" in str(caught.value)


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ({"image_size": 30}, r"config\.json.*patch size, 8, divides.*30 x 30"),
        ({"num_attention_heads": 5}, r"config\.json.*`heads` must divide.*48.*5"),
        ({"hidden_act": "relu"}, r"config\.json.*`activation`.*'relu'"),
        ({"num_hidden_layers": "two"}, r"config\.json of a vit.*odd"),
    ],
)
def test_a_config_that_is_no_vit_is_refused(tmp_path, config, message):
    folder = rewritten(tmp_path / "odd", config=config)
    with pytest.raises(CheckpointError, match=message):
        ViT.from_huggingface(folder)


def test_what_is_no_checkpoint_is_refused(tmp_path):
    with pytest.raises(CheckpointError, match="config.json"):
        Folder(tmp_path)
    (tmp_path / "config.json").write_text('{"model_type": "vit"}')
    (tmp_path / "pytorch_model.bin").write_bytes(b"pickle")
    with pytest.raises(CheckpointError, match=r"pytorch_model\.bin would be unpickled"):
        Folder(tmp_path)
    folder = rewritten(tmp_path / "bert", config={"model_type": "bert"})
    with pytest.raises(CheckpointError, match=r"dinov2.*timm.*model_type='bert'"):
        ViT.from_huggingface(folder)
    (folder / "model.safetensors").write_bytes(b"\x08\x00")
    with pytest.raises(CheckpointError, match="whole safetensors"):
        Folder(folder).shapes()


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("config.json", "junk{", r"valid JSON.*config\.json"),
        ("config.json", "[]", r"a mapping in JSON.*config\.json: \[\]"),
        ("preprocessor_config.json", '{"a": ', r"valid JSON.*preprocessor_config"),
        ("preprocessor_config.json", '{"image_mean": "x"}', r"normalised.*odd.*: x"),
        ("preprocessor_config.json", '{"image_std": [1, null, 1]}', "normalised.*odd"),
        ("preprocessor_config.json", '{"image_mean": [0.5]}', r"3 channels.*\[0\.5\]"),
    ],
)
def test_a_broken_file_is_named(tmp_path, name, text, message):
    folder = rewritten(tmp_path / "odd")
    (folder / name).write_text(text)
    with pytest.raises(CheckpointError, match=message):
        read_preprocessing(Folder(folder), 32)


def test_an_index_that_places_nothing_is_refused(tmp_path):
    folder = rewritten(tmp_path / "odd")
    (folder / "model.safetensors").rename(folder / "a.safetensors")
    (folder / "model.safetensors.index.json").write_text("{}")
    with pytest.raises(
        CheckpointError, match=r"index\.json must hold the `weight_map`"
    ):
        Folder(folder)


@pytest.fixture
def offline(monkeypatch, tmp_path):
    """No network, and the hub's cache empty; what the environment says is read once."""
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    return tmp_path


def test_without_network_the_way_out_is_named(offline):
    with pytest.raises(CheckpointError, match=r"(?s)hf download google/no-such.*DIR"):
        ViT.from_huggingface("google/no-such-vit")


def test_a_repository_in_the_hubs_cache_needs_no_network(offline):
    repository = offline / "models--google--tiny-vit"
    (repository / "refs").mkdir(parents=True)
    (repository / "refs" / "main").write_text("0123abc")
    shutil.copytree(REFERENCE / "hf_vit_tiny", repository / "snapshots" / "0123abc")
    expected = outputs(ViT.from_huggingface(REFERENCE / "hf_vit_tiny"))
    vit = ViT.from_huggingface("google/tiny-vit")
    np.testing.assert_array_equal(outputs(vit), expected)


def test_a_folder_that_is_not_there_is_not_looked_for_on_the_hub(offline):
    with pytest.raises(CheckpointError, match=r"must be a folder.*no/such"):
        ViT.from_huggingface(offline / "no" / "such")


def test_preprocessing_is_the_processors(tmp_path):
    """The stored processor output, on an image that needs no resize."""
    config = Folder(REFERENCE / "hf_vit_tiny_dino").preprocessing
    preprocessing = Preprocessing.from_config(config, 32)
    image = np.random.default_rng(0).integers(0, 256, (1, 32, 32, 3)).astype("float32")
    mean, std = np.array([0.485, 0.456, 0.406]), np.array([0.229, 0.224, 0.225])
    np.testing.assert_allclose(
        np.asarray(preprocessing.layer()(image)), (image / 255 - mean) / std, atol=1e-5
    )
    assert (preprocessing.size, preprocessing.resample) == (32, "bicubic")
    again = Preprocessing.from_config(preprocessing.to_config(), 1)
    assert again == preprocessing


def torch_outputs(model):
    import torch

    pixels = torch.from_numpy(IMAGES.transpose(0, 3, 1, 2).copy())
    with torch.no_grad():
        return model.eval()(pixel_values=pixels)


TINY = {
    "hidden_size": 24,
    "num_hidden_layers": 2,
    "num_attention_heads": 3,
    "intermediate_size": 96,
    "image_size": 32,
    "patch_size": 8,
}


def _random(model):
    import torch

    generator = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.copy_(torch.randn(parameter.shape, generator=generator) * 0.2)
    return model


def _their(kind):
    import transformers as hf

    if kind == "vit":
        return _random(hf.ViTForImageClassification(hf.ViTConfig(**TINY, num_labels=4)))
    if kind == "vit_model":
        return _random(hf.ViTModel(hf.ViTConfig(**TINY), add_pooling_layer=False))
    if kind == "dinov2":
        return _random(hf.Dinov2Model(hf.Dinov2Config(**TINY, mlp_ratio=4)))
    if kind == "dinov2_classifier":
        config = hf.Dinov2Config(**TINY, mlp_ratio=4, num_labels=4)
        return _random(hf.Dinov2ForImageClassification(config))
    return _random(hf.CLIPVisionModel(hf.CLIPVisionConfig(**TINY)))


def _features(model, result):
    if hasattr(result, "logits"):
        return result.logits.numpy()
    if "CLIP" in type(model).__name__:
        return result.pooler_output.numpy()
    return result.last_hidden_state[:, 0].numpy()


KINDS = ["vit", "vit_model", "dinov2", "dinov2_classifier", "clip"]


@pytest.mark.parametrize("kind", KINDS)
def test_transformers_on_pytorch_agrees_both_ways(kind, tmp_path):
    pytest.importorskip("torch")
    pytest.importorskip("transformers")
    model = _their(kind)
    expected = _features(model, torch_outputs(model))
    model.save_pretrained(tmp_path / "theirs")
    vit = ViT.from_huggingface(tmp_path / "theirs")
    np.testing.assert_allclose(outputs(vit), expected, rtol=1e-5, atol=1e-5)

    vit.save_huggingface(tmp_path / "ours")
    again, info = type(model).from_pretrained(
        tmp_path / "ours", output_loading_info=True
    )
    left = [key for key in info["missing_keys"] if "mask_token" not in key]
    left = [key for key in left if not key.startswith("pooler.")]
    assert not left and not info["unexpected_keys"]
    found = _features(again, torch_outputs(again))
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-5)
