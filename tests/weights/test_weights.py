"""Where weights come from is found without Keras."""

import doctest
import hashlib
import subprocess
import sys

import pytest

from kpoc.weights import huggingface, locate, located


@pytest.mark.parametrize("module", [located, huggingface])
def test_examples_run(module):
    assert doctest.testmod(module).failed == 0


def test_a_training_is_planned_without_keras():
    code = "import sys, kpoc.training.plan; sys.exit('keras' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_the_digest_is_of_the_file_or_of_the_hashes_of_several(tmp_path):
    parts = {"model.safetensors": b"1", "config.json": b"{}", "README.md": b"read me"}
    for name, content in parts.items():
        (tmp_path / name).write_bytes(content)
    one, two = (hashlib.sha256(content).hexdigest() for content in (b"1", b"{}"))
    assert locate(str(tmp_path / "model.safetensors")).record() == {
        "name": None,
        "path": str(tmp_path / "model.safetensors"),
        "sha256": one,
    }
    both = hashlib.sha256((one + two).encode()).hexdigest()
    assert locate(str(tmp_path)).record()["sha256"] == both


def test_a_repository_in_the_hubs_cache_is_found(tmp_path, monkeypatch):
    import huggingface_hub

    for name in ("config.json", "model.safetensors"):
        (tmp_path / name).write_bytes(b"{}")
    monkeypatch.setattr(
        huggingface_hub, "snapshot_download", lambda name, **_: str(tmp_path)
    )
    found = locate("facebook/dino-vits8")
    assert (found.kind, found.path) == ("huggingface", tmp_path)
    said = found.record()
    assert said["origin"] == "facebook/dino-vits8 on the Hugging Face hub"
    assert (said["path"], said["sha256"]) == (
        "facebook/dino-vits8",
        locate(str(tmp_path)).sha256,
    )
