"""timm's folders: its own numbers on tiny models (tests/reference/make_timm.py)."""

import json
import shutil
from pathlib import Path

import keras
import numpy as np
import pytest

from kpoc import models
from kpoc.models import ViT
from kpoc.models.checkpoints import CheckpointError, Folder, read_preprocessing

REFERENCE = Path(__file__).parents[1] / "reference"
CASES = json.loads((REFERENCE / "timm_vit.json").read_text())["cases"]


@pytest.fixture(scope="module")
def vectors():
    return np.load(REFERENCE / "timm_vit.npz")


def assert_close(actual, expected):
    actual = keras.ops.convert_to_numpy(actual)
    np.testing.assert_allclose(actual, expected, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("case", CASES)
def test_outputs_and_hidden_states_are_timms(case, vectors):
    vit = ViT.from_huggingface(REFERENCE / f"timm_{case}")
    images = vectors[f"{case}__pixel_values"].transpose(0, 2, 3, 1)
    expected = vectors[f"{case}__outputs"]
    assert_close(vit(images), expected)
    assert expected.shape == (2, CASES[case]["model_args"]["num_classes"] or 24)
    for ours, theirs in zip(
        vit.hidden_states(images), vectors[f"{case}__hidden_states"], strict=True
    ):
        assert_close(ours, theirs)
    tokens = vectors[f"{case}__tokens"]
    assert_close(vit.tokens(images), tokens)
    features = ViT.from_huggingface(REFERENCE / f"timm_{case}", classifier=False)
    mean = tokens[:, 1:].mean(axis=1) if case == "mean" else tokens[:, 0]
    assert_close(features(images), mean)


def test_the_cases_are_what_makes_timms_models_differ():
    config = {
        case: ViT.from_huggingface(REFERENCE / f"timm_{case}").config for case in CASES
    }
    assert config["clip"]["pre_norm"] and not config["clip"]["patch_bias"]
    assert config["clip"]["activation"] == "quick_gelu"
    assert config["dinov2"]["layer_scale"] and not config["no_bias"]["qkv_bias"]
    assert config["mean"]["pooling"] == "mean"


def test_images_are_normalised_as_timms_own_config_says():
    """There is no preprocessor_config.json in a folder of timm's."""
    clip = read_preprocessing(Folder(REFERENCE / "timm_clip"), 224)
    assert clip.mean == pytest.approx((0.48145466, 0.4578275, 0.40821073))
    assert clip.std == pytest.approx((0.26862954, 0.26130258, 0.27577711))
    assert (clip.size, clip.resample) == (32, "bicubic")
    backbone = models.get_backbone("vit").build(32, str(REFERENCE / "timm_clip"))
    vit = ViT.from_huggingface(REFERENCE / "timm_clip", classifier=False)
    images = np.random.default_rng(0).integers(0, 256, (2, 32, 32, 3))
    expected = vit((images / 255 - np.array(clip.mean)) / np.array(clip.std))
    assert_close(backbone(images.astype("float32")), expected)


def changed(folder, case, **changes):
    shutil.copytree(REFERENCE / f"timm_{case}", folder)
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | changes))
    return folder


def test_what_kpoc_has_not_is_refused(tmp_path):
    folder = changed(tmp_path / "map", "plain", global_pool="map")
    with pytest.raises(CheckpointError, match=r"global_pool.*'avg'.*'map'"):
        ViT.from_huggingface(folder)
    folder = changed(tmp_path / "swin", "plain", architecture="swin_tiny_patch4")
    with pytest.raises(CheckpointError, match=r"architecture='swin_tiny_patch4'"):
        ViT.from_huggingface(folder)
    # without model_args the name of the architecture holds: 12 blocks of 192
    folder = changed(tmp_path / "whole", "plain", model_args={})
    with pytest.raises(CheckpointError, match=r"missing: blocks\.11\.norm1\.weight"):
        ViT.from_huggingface(folder)


def test_files_of_older_versions_have_one_level(tmp_path):
    folder = changed(tmp_path / "old", "plain")
    config = json.loads((folder / "config.json").read_text())
    flat = config | config.pop("pretrained_cfg")
    (folder / "config.json").write_text(json.dumps(flat))
    assert read_preprocessing(Folder(folder), 1) == read_preprocessing(
        Folder(REFERENCE / "timm_plain"), 1
    )
    assert ViT.from_huggingface(folder).config["num_classes"] == 5
