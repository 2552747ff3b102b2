import hashlib
import json
import shutil

import numpy as np
import pytest
import tensorflow as tf

import kpoc
from kpoc.exporting.checking import ExportError
from kpoc.exporting.format import FORMATS, Format
from kpoc.exporting.formats.savedmodel import SavedModel
from kpoc.exporting.record import save
from kpoc.ground.files import Lock
from kpoc.pictures.decode import read_image
from kpoc.runs.exports import measured


def test_the_command_says_what_it_wrote(exported):
    lines = exported.printed.stdout.splitlines()
    for name in ("onnx", "savedmodel", "tflite"):
        assert f"{name}: written and checked" in lines
    assert lines[-1] == f"export: {exported.folder}"
    assert exported.printed.stderr == ""
    names = {path.name for path in exported.folder.iterdir()}
    assert names == {"export.json", "model.onnx", "model.tflite", "savedmodel"}


def test_the_record_is_true(exported, run_folder):
    record = exported.record
    model = (run_folder / "model.keras").read_bytes()
    assert record["model_sha256"] == hashlib.sha256(model).hexdigest()
    assert record["input"]["shape"] == ["batch", "height", "width", 3]
    assert record["outputs"]["age"]["unit"] == "years"
    assert record["outputs"]["tribe"]["classes"] == [
        "Cedar",
        "Birch",
        "Maple",
        "Willow",
    ]
    listed = set()
    for entry in record["formats"].values():
        for file in entry["files"]:
            content = (exported.folder / file["path"]).read_bytes()
            assert file["sha256"] == hashlib.sha256(content).hexdigest()
            assert file["bytes"] == len(content)
            listed.add(file["path"])
        assert entry["bytes"] == sum(file["bytes"] for file in entry["files"])
        assert entry["checked_rows"] == 12
        for kind in ("same_pixels", "own_size"):
            for name, found in entry["differences"][kind].items():
                assert 0 <= found["max_difference"] < (1.0 if name == "age" else 0.02)
        assert entry["latency"]["image"] == [32, 32]
        for whose in ("ms", "keras_ms"):
            assert 0 < entry["latency"][whose]["p50"] <= entry["latency"][whose]["p95"]
    # what a comparison shows of it
    for name, found in measured(run_folder).items():
        entry = record["formats"][name]
        assert found == {"bytes": entry["bytes"], "latency_ms": entry["latency"]["ms"]}
    assert set(measured(run_folder)) == set(record["formats"])
    files = {p for p in exported.folder.rglob("*") if p.is_file()}
    written = {p.relative_to(exported.folder).as_posix() for p in files}
    assert written == listed | {"export.json"}


def test_every_format_predicts_as_the_training_did(exported, run_folder, form):
    run = kpoc.Run(run_folder)
    predict = form.load(exported.folder / form.file)
    images = np.stack([read_image(path) for path in run.manifest.paths("test")])
    got, saved = predict(images), run.predictions("test")
    assert np.abs(got["age"] - saved["age"]).max() < 1.0
    for name in ("kind", "tribe"):
        classes = run.recipe.task.targets[name].classes
        columns = [f"{name}.{label}" for label in classes]
        assert np.abs(got[name] - saved[columns].to_numpy()).max() < 0.02


class Wrong(SavedModel):
    """Writes a model whose last layer was disturbed on the way."""

    file = "wrong"

    def write(self, model, path, card):
        weight = model.trainable_weights[-1]
        before = np.asarray(weight)
        weight.assign(before + np.arange(before.size).reshape(before.shape))
        super().write(model, path, card)
        weight.assign(before)


class Impossible(Format):
    """Finds an operation that it does not have."""

    file = "model.impossible"

    def write(self, model, path, card):
        path.write_bytes(b"half of it")
        raise NotImplementedError("there is no operation ROUND\n  at line 7\n" * 99)


class Absent(Format):
    """Needs what is not installed."""

    file = "model.absent"
    needs = ("keras", "a_package_that_nobody_has")


def test_what_fails_is_not_left_and_the_others_are(run_folder, tmp_path, monkeypatch):
    for entry in (Wrong, Impossible, Absent):
        monkeypatch.setitem(FORMATS._entries, entry.__name__.lower(), entry)
    formats = ["wrong", "impossible", "absent", "savedmodel"]
    there = []
    monkeypatch.setattr(
        "kpoc.exporting.export.save",
        lambda folder, record: (
            there.append((folder / "savedmodel").exists()),
            save(folder, record),
        ),
    )
    result = kpoc.export(run_folder, formats, out=tmp_path, rows=4)
    assert tf.config.experimental.tensor_float_32_execution_enabled()
    assert {path.name for path in tmp_path.iterdir()} == {"export.json", "savedmodel"}
    assert there == [False, True]  # a kill in between leaves no file without a record
    assert set(result.record["formats"]) == {"savedmodel"}
    failures = result.failures
    assert set(failures) == {"wrong", "impossible", "absent"}
    assert "differ from those of `kpoc predict`" in failures["wrong"]
    assert failures["impossible"].startswith(
        "NotImplementedError: there is no operation"
    )
    assert len(failures["impossible"]) < 500 and "\n" not in failures["impossible"]
    assert failures["absent"].startswith("it needs a_package_that_nobody_has: install")
    assert "pip install 'kpoc[export]'" in failures["absent"]
    assert json.loads((tmp_path / "export.json").read_text()) == result.record

    # an earlier good file stays when its format fails later
    monkeypatch.setattr(Wrong, "file", "savedmodel")
    monkeypatch.setitem(FORMATS._entries, "savedmodel", Wrong)
    again = kpoc.export(run_folder, ["savedmodel"], out=tmp_path, rows=4)
    assert set(again.failures) == {"savedmodel"}
    assert again.record["formats"] == result.record["formats"]
    assert (tmp_path / "savedmodel" / "saved_model.pb").is_file()


def test_a_later_format_joins_the_record(exported, run_folder, tmp_path):
    folder = tmp_path / "copy"
    shutil.copytree(exported.folder, folder)
    (folder / "model.onnx").unlink()
    shutil.rmtree(folder / "savedmodel")
    (folder / ".4711-savedmodel").mkdir()
    again = kpoc.export(run_folder, ["savedmodel"], out=folder, rows=3)
    # the entry of the one deleted is gone, the untouched one's is as it was
    assert set(again.record["formats"]) == {"savedmodel", "tflite"}
    before = exported.record["formats"]
    assert again.record["formats"]["tflite"] == before["tflite"]
    assert again.record["formats"]["savedmodel"]["checked_rows"] == 3
    assert not [path for path in folder.iterdir() if path.name.startswith(".")]


def test_folders_that_hold_something_else_are_refused(run_folder, tmp_path):
    (tmp_path / "model.onnx").write_bytes(b"mine")
    with pytest.raises(ExportError, match="would be overwritten.*model.onnx"):
        kpoc.export(run_folder, out=tmp_path)
    (tmp_path / "export.json").write_text('{"model_sha256": "0", "recipe": "a/b"}')
    with pytest.raises(ExportError, match="another model.*a/b"):
        kpoc.export(run_folder, ["savedmodel"], out=tmp_path)
    assert (tmp_path / "model.onnx").read_bytes() == b"mine"
    (tmp_path / "export.json").write_text('{"model_sha')
    with pytest.raises(ExportError, match=r"whole export\.json or none.*json: "):
        kpoc.export(run_folder, out=tmp_path)
    with pytest.raises(ExportError, match="must be a folder"):
        kpoc.export(run_folder, out=tmp_path / "model.onnx")
    other = Lock(tmp_path / "held")
    assert other.acquire()
    with pytest.raises(ExportError, match="written to by another process"):
        kpoc.export(run_folder, out=tmp_path / "held")
    other.release()


def test_wrong_words_are_said_at_once(kpoc_here, run_folder, tmp_path):
    failed = kpoc_here("export", run_folder, "--format", "onx", status=1)
    assert "Did you mean `onnx`?" in failed.stderr
    failed = kpoc_here("export", tmp_path, status=1)
    assert "must be the directory of a finished run" in failed.stderr
