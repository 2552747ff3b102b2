"""`tfds.load("utkface")` on a few small faces."""

import json
import tarfile

import cv2
import numpy as np
import pytest

from kpoc.sources.source import SourceError

tfds = pytest.importorskip("tensorflow_datasets")

FACES = {
    "20_0_0_20170109150557335.jpg.chip.jpg": (20, 0, 0),
    # a stray space, as in the original
    "24_1_1_20170116220224657 .jpg.chip.jpg": (24, 1, 1),
    "116_1_4_20170109150557335.jpg.chip.jpg": (116, 1, 4),
}
AMBIGUOUS = "61_1_20170109142408075.jpg.chip.jpg"


@pytest.fixture
def faces(tmp_path):
    folder = tmp_path / "data" / "UTKFace"
    folder.mkdir(parents=True)
    for number, name in enumerate([*FACES, AMBIGUOUS]):
        image = np.full((8, 10, 3), number * 50, np.uint8)
        (folder / name).write_bytes(cv2.imencode(".jpg", image)[1].tobytes())
    return folder


def load(root, tmp_path):
    import kpoc.sources.builders  # noqa: F401 (registers the dataset)

    config = tfds.download.DownloadConfig(manual_dir=root)
    return tfds.load(
        "utkface",
        split="train",
        data_dir=tmp_path / "prepared",
        with_info=True,
        download_and_prepare_kwargs={
            "download_config": config,
            "download_dir": tmp_path / "downloads",
        },
    )


@pytest.mark.parametrize("packed", [False, True])
def test_it_loads_by_name_with_the_labels_of_the_names(faces, tmp_path, packed):
    root = faces
    if packed:
        root = tmp_path / "archive"
        root.mkdir()
        with tarfile.open(root / "UTKFace.tar.gz", "w:gz") as tar:
            tar.add(faces, "UTKFace")
    data, info = load(root, tmp_path)
    rows = {row["file_name"].decode(): row for row in tfds.as_numpy(data)}
    found = {
        name: (row["age"], row["gender"], row["ethnicity"])
        for name, row in rows.items()
    }
    assert found == FACES
    for number, name in enumerate(FACES):
        image = rows[name]["image"]
        assert image.shape == (8, 10, 3) and image.dtype == np.uint8
        assert abs(int(image.mean()) - number * 50) <= 2
    assert info.features["gender"].names == ["Male", "Female"]
    assert info.features["ethnicity"].int2str(4) == "Other"
    assert info.splits["train"].num_examples == 3
    # who prepared it knows what is not there, and so does who loads it later
    assert set(info.metadata["left_out"]) == {AMBIGUOUS}
    [file] = (tmp_path / "prepared").rglob("metadata.json")
    assert "cannot be told" in json.loads(file.read_text())["left_out"][AMBIGUOUS]


def test_a_folder_without_faces_is_refused(tmp_path):
    (tmp_path / "empty").mkdir()
    with pytest.raises(AssertionError, match=r"susanqq\.github\.io"):
        load(tmp_path / "empty", tmp_path)
    (tmp_path / "empty" / "notes.txt").touch()
    with pytest.raises(SourceError, match=r"\*\.jpg\.chip\.jpg"):
        load(tmp_path / "empty", tmp_path)
