"""Datasets that tensorflow-datasets has written, against its own reader."""

import hashlib
import json
import os
import subprocess
import sys

import numpy as np
import pytest

from kpoc.augmentation.chain import Chain
from kpoc.augmentation.files import augment_files
from kpoc.augmentation.kinds.random_resized_crop import RandomResizedCrop
from kpoc.augmentation.opencv import augment
from kpoc.ground.hashing import file_hashes
from kpoc.pictures.decode import read_image
from kpoc.pictures.images import find_unreadable
from kpoc.pictures.thumbnails import find_thumbnails
from kpoc.protocols.build import build_manifest
from kpoc.sources.kinds.tfds import TensorFlowDataset
from kpoc.sources.source import SourceError

tfds = pytest.importorskip("tensorflow_datasets")

COLUMNS = {"tribe": "label", "age": "facts/age", "weight": "weight", "where": "place"}
COUNTS = {"train": 40, "test": 11}
TRIBES = ["Cedar", "Birch", "Ahörn"]


class Tribes(tfds.core.GeneratorBasedBuilder):
    """Noise with labels of all kinds."""

    VERSION = tfds.core.Version("1.2.0")

    def _info(self):
        features = {
            "image": tfds.features.Image(encoding_format="png"),
            "label": tfds.features.ClassLabel(names=TRIBES),
            "facts": tfds.features.FeaturesDict({"age": np.int64}),
            "weight": np.float32,
            "place": tfds.features.Text(),
            "many": tfds.features.Sequence(np.int64),
        }
        features = tfds.features.FeaturesDict(features)
        return self.dataset_info_from_configs(features=features)

    def _split_generators(self, dl_manager):
        return {split: self._generate_examples(split) for split in COUNTS}

    def _generate_examples(self, split):
        rng = np.random.default_rng(COUNTS[split])
        for number in range(COUNTS[split]):
            shape = (*rng.integers(9, 40, 2), 3)
            yield (
                number,
                {
                    "image": rng.integers(0, 256, shape, dtype="uint8"),
                    "label": int(rng.integers(3)),
                    "facts": {"age": number - 3},
                    "weight": 0.5 * number,
                    "place": f"Ort {number}",
                    "many": [number] * 3,
                },
            )


@pytest.fixture(scope="module")
def prepared(tmp_path_factory):
    folder = tmp_path_factory.mktemp("datasets")
    builder = Tribes(data_dir=folder)
    config = tfds.download.DownloadConfig(num_shards=3)
    builder.download_and_prepare(download_config=config)
    return builder


@pytest.fixture(scope="module")
def listing(prepared, tmp_path_factory):
    source = TensorFlowDataset(columns=COLUMNS)
    # the folder that all datasets lie in
    return source.read(prepared.data_path.parents[1], tmp_path_factory.mktemp("cache"))


def test_it_lists_what_their_reader_gives(prepared, listing):
    rows = listing.frame.set_index("id")
    assert len(rows) == sum(COUNTS.values())
    assert rows["tfds_split"].value_counts().to_dict() == COUNTS
    assert rows["age"].dtype == rows["weight"].dtype == "float64"
    config = tfds.ReadConfig(add_tfds_id=True)
    for split in COUNTS:
        dataset = prepared.as_dataset(split=split, read_config=config)
        for example in dataset.as_numpy_iterator():
            row = rows.loc[example["tfds_id"].decode()]
            assert row["tfds_split"] == split
            assert row["tribe"] == TRIBES[example["label"]]
            assert row["age"] == example["facts"]["age"]
            assert row["weight"] == example["weight"]
            assert row["where"] == example["place"].decode()
            image = read_image(listing.root / row["path"])
            np.testing.assert_array_equal(image, example["image"])


def test_paths_into_shards_are_files_to_all_that_reads_images(listing):
    paths = [listing.root / path for path in listing.frame["path"]]
    assert not find_unreadable(paths)
    assert file_hashes(paths) == listing.frame["sha256"].tolist()
    content = paths[0].parent.joinpath(paths[0].name.split("@")[0]).read_bytes()
    start, length = map(int, paths[0].name.split("@")[1].split("+"))
    image = content[start : start + length]
    assert hashlib.sha256(image).hexdigest() == listing.frame["sha256"][0]
    assert image.startswith(b"\x89PNG") and image.endswith(b"IEND\xaeB`\x82")
    chain, rows = Chain([RandomResizedCrop()]), np.arange(len(paths))
    how = {"size": (8, 8), "seed": 0, "epoch": 0}
    whole = augment([read_image(path) for path in paths], chain, rows, **how)
    np.testing.assert_array_equal(augment_files(paths, chain, rows, **how), whole)
    made = find_thumbnails(listing.frame.head(2), [listing.root])
    assert len(made.found) == 2 and not made.faults


def test_paths_that_lead_nowhere_are_reported(listing):
    shard = listing.root / listing.frame["path"][0].split("@")[0]
    size = shard.stat().st_size
    wrong = [
        f"{shard}@{size + 5}+10",
        f"{shard}@{size - 4}+10",
        f"{shard}.gone@0+10",
    ]
    reasons = dict(find_unreadable(wrong))
    assert reasons[wrong[0]] == "empty file"
    assert reasons[wrong[1]] and reasons[wrong[2]] == "no such file"


PROTOCOL = """
name: tribes
source: {name: tfds, columns: {tribe: label}, dataset: tribes/1.2.0}
columns: {tribe: {classes: [Cedar, Birch, Ahörn]}}
steps:
  - {name: test, rows: 3, by: [tribe]}
  - {name: split, train: 0.75, validation: 0.25, stratify: [tribe]}
"""


def test_a_protocol_is_built_without_tensorflow(prepared, tmp_path):
    (tmp_path / "tribes.yaml").write_text(PROTOCOL, encoding="utf-8")
    code = (
        "import sys; sys.modules['tensorflow'] = sys.modules['tensorflow_datasets'] = "
        "None; from kpoc.data import build_manifest;"
        "print(build_manifest(sys.argv[1], root=sys.argv[2]).digest)"
    )
    words = [tmp_path / "tribes.yaml", prepared.data_path.parents[1]]
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code, *map(str, words)],
        env=dict(os.environ),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    manifest = build_manifest(words[0], root=words[1])
    assert done.stdout.strip() == manifest.digest
    assert manifest.counts["test"] == 9 and len(manifest) == sum(COUNTS.values())


def copy(prepared, folder):
    target = folder / "copy"
    target.mkdir()
    for file in prepared.data_path.iterdir():
        (target / file.name).write_bytes(file.read_bytes())
    return target


def refused(folder, text, **parameters):
    source = TensorFlowDataset(**{"columns": COLUMNS, **parameters})
    with pytest.raises(SourceError, match=text):
        source.read(folder, folder)


def test_what_cannot_be_read_is_named(prepared, tmp_path):
    folder = copy(prepared, tmp_path)
    refused(folder, "no feature `labl`. Did you mean `label`", columns={"a": "labl"})
    refused(folder, "`many` must have one value.*Received: 3", columns={"a": "many"})
    refused(folder, "`weight` holds no encoded images", image="weight")
    refused(folder / "nothing", "one dataset.*Received: none")
    (folder / "b").mkdir()
    (folder / "b" / "dataset_info.json").write_text("{}")
    refused(tmp_path, "`dataset` of the source must name it. Received: copy, copy/b")
    [shard] = folder.glob("*train*00001-of*")
    whole = shard.read_bytes()
    shard.write_bytes(whole[:-9])
    refused(folder, "00001-of-00003 cannot be read: the record at byte .* is cut off")
    shard.write_bytes(b"\x01" + whole[1:])
    refused(folder, "cannot be read: no record begins at byte 0")
    shard.write_bytes(b"")
    refused(folder, r"must hold 1\d examples.*Received: 0")
    shard.unlink()
    refused(folder, "cannot be read: .*No such file")
    shard.write_bytes(whole)
    info = json.loads((folder / "dataset_info.json").read_text())
    info["fileFormat"] = "array_record"
    (folder / "dataset_info.json").write_text(json.dumps(info))
    refused(folder, "tfrecord. Received: array_record")
