import dataclasses
import itertools
import os
import subprocess
import sys

import cv2
import numpy as np
import pytest
import yaml

from kpoc.pictures.images import find_unreadable
from kpoc.protocols.build import build_manifest
from kpoc.protocols.manifest import SPLITS, Manifest, ManifestError
from kpoc.protocols.protocol import load_protocol
from kpoc.protocols.step import ProtocolError
from kpoc.sources.kinds.portraits import Portraits, labels
from kpoc.sources.kinds.utkface import UTKFace
from kpoc.sources.source import Listing, SourceError, register_source

FACES = {
    "name": "toy",
    "source": "utkface",
    "columns": {
        "age": {"range": [1, 80]},
        "gender": {"classes": ["Male", "Female"]},
        "age_band": {"classes": ["1-40", "41-80"]},
    },
    "steps": [
        {
            "name": "deduplicate",
            "labels": ["age", "gender", "ethnicity"],
            "contradictory": "drop",
        },
        {"name": "drop", "where": {"ethnicity": "Other"}},
        {"name": "keep", "column": "age", "maximum": 80},
        {
            "name": "band",
            "column": "age",
            "into": "age_band",
            "first": 1,
            "last": 80,
            "width": 40,
        },
        {"name": "test", "rows": 3, "by": ["gender", "age_band"]},
        {"name": "remove", "where": {"ethnicity": "Asian"}, "fraction": 0.5},
        {
            "name": "split",
            "train": 0.8,
            "validation": 0.2,
            "stratify": ["gender"],
        },
    ],
    "published": {"source": "a paper", "counts": {"test": 12, "train": 100}},
}


def write_faces(folder, n=160):
    """Faces with all labels; the picture's content is the number of the face."""
    folder.mkdir(parents=True, exist_ok=True)
    cells = itertools.cycle(itertools.product((0, 1), range(5), (5, 30, 50, 79, 90)))
    names = []
    for i, (gender, ethnicity, age) in zip(range(n), cells, strict=False):
        image = np.full((8, 8, 3), (i % 16 * 16, i // 16 * 16, 99), np.uint8)
        name = f"{age}_{gender}_{ethnicity}_{20170109150557000 + i}.jpg.chip.jpg"
        (folder / name).write_bytes(cv2.imencode(".png", image)[1].tobytes())
        names.append(name)
    return names


@pytest.fixture(scope="module")
def faces(tmp_path_factory):
    folder = tmp_path_factory.mktemp("data") / "UTKFace"
    names = write_faces(folder)
    first = (folder / names[0]).read_bytes()
    (folder / "6_0_0_1.jpg.chip.jpg").write_bytes(first)  # says 6, the other one 5
    second = (folder / names[1]).read_bytes()
    (folder / "30_0_0_1.jpg.chip.jpg").write_bytes(second)  # agrees
    (folder / "30_0.jpg.chip.jpg").write_bytes(b"")
    return folder


def protocol(tmp_path, **changes):
    path = tmp_path / "toy.yaml"
    path.write_text(yaml.safe_dump(FACES | changes, sort_keys=False))
    return path


def test_the_whole_road(faces, tmp_path):
    manifest = build_manifest(protocol(tmp_path), root=faces, cache=tmp_path)
    table, meta = manifest.table, manifest.meta
    assert table.columns.tolist() == [
        "id",
        "path",
        "split",
        "stratum",
        "sha256",
        "age",
        "gender",
        "age_band",
    ]
    # 160 and 2 copies; 5 and 6 contradict each other, of the other two one is kept
    rows = {s["name"]: s["counts"]["rows"] for s in meta["steps"]}
    assert rows["source"] == 162 and rows["deduplicate"] == 159
    names = table["id"].tolist()
    assert "6_0_0_1.jpg.chip.jpg" not in names
    assert not any(n.startswith("5_0_0_20170109150557000.") for n in names)
    assert not any(name.split("_")[2] == "4" for name in names)
    assert table["age"].max() == 79
    assert manifest.counts["test"] == 12
    assert set(table.loc[table["split"] == "test", "stratum"]) == {
        "Male|1-40",
        "Male|41-80",
        "Female|1-40",
        "Female|41-80",
    }
    removed = meta["steps"][6]
    assert removed["name"] == "remove"
    assert removed["notes"]["removed"] == round(removed["notes"]["matching"] / 2)
    reasons = {r["name"]: r["reason"] for r in meta["reported"]}
    assert "2 fields" in reasons["30_0.jpg.chip.jpg"]
    assert "other labels" in reasons["6_0_0_1.jpg.chip.jpg"]
    assert len(reasons) == 4
    assert meta["published"]["differences"] == {
        "test": 0,
        "train": manifest.counts["train"] - 100,
    }
    assert meta["synthetic"] is False and meta["source"] == "utkface"
    assert meta["digest"] == manifest.digest and meta["seed"] == 0
    assert manifest.root == faces and all(p.is_file() for p in manifest.paths())
    manifest.save(tmp_path / "m.parquet")
    assert Manifest.load(tmp_path / "m.parquet").meta == meta


@register_source("shuffled_utkface")
class ShuffledUTKFace(UTKFace):
    order: int = 0

    def read(self, root, cache):
        listing = super().read(root, cache)
        frame = listing.frame.sample(frac=1, random_state=self.order)
        return dataclasses.replace(listing, frame=frame)


def test_listing_order_does_not_matter(faces, tmp_path):
    first = build_manifest(protocol(tmp_path), faces, tmp_path)
    for order in range(3):
        source = {"name": "shuffled_utkface", "order": order}
        other = build_manifest(protocol(tmp_path, source=source), faces, tmp_path)
        assert other.digest == first.digest
        assert other.table.equals(first.table)


def test_seed_matters(faces, tmp_path):
    digest = build_manifest(protocol(tmp_path), faces, tmp_path).digest
    other = build_manifest(protocol(tmp_path, seed=1), faces, tmp_path)
    assert other.digest != digest and other.counts["test"] == 12


def test_few_missing_files_move_few_others(tmp_path):
    folder = tmp_path / "UTKFace"
    names = write_faces(folder, 240)
    path = protocol(tmp_path)

    def fates():
        table = build_manifest(path, folder, tmp_path).table
        return dict.fromkeys(names, "gone") | dict(
            zip(table["id"], table["split"], strict=True)
        )

    before = fates()
    missing = names[7:240:60]
    for name in missing:
        (folder / name).unlink()
    after = fates()
    moved = [n for n in names if n not in missing and before[n] != after[n]]
    choosing_steps = 3
    assert len(moved) <= choosing_steps * len(missing)
    # it is the hash that holds them: an ordinary shuffle would move a third
    assert len(moved) < len(names) / 10


def test_the_root(faces, tmp_path, monkeypatch):
    path = protocol(tmp_path)
    monkeypatch.delenv("KPOC_DATA", raising=False)
    with pytest.raises(SourceError, match="--data DIR.*KPOC_DATA"):
        build_manifest(path, cache=tmp_path)
    monkeypatch.setenv("KPOC_DATA", str(faces.parent))
    assert build_manifest(path, cache=tmp_path).counts["test"] == 12
    with pytest.raises(SourceError, match="looked for"):
        build_manifest(path, root=tmp_path, cache=tmp_path)


def test_too_small_cells_are_listed_with_the_step(faces, tmp_path):
    steps = [dict(s) for s in FACES["steps"]]
    steps[4]["rows"] = 1000
    with pytest.raises(ProtocolError, match=r"toy, step 5 \(test\): 4 of 4 cells"):
        build_manifest(protocol(tmp_path, steps=steps), faces, tmp_path)


def test_broken_rules_end_as_one_manifest_error(faces, tmp_path):
    steps = [s for s in FACES["steps"] if s["name"] not in ("deduplicate", "split")]
    columns = FACES["columns"] | {"ethnicity": {"classes": ["White", "Black"]}}
    with pytest.raises(ManifestError) as caught:
        build_manifest(
            protocol(tmp_path, steps=steps, columns=columns), faces, tmp_path
        )
    text = str(caught.value)
    assert "`split` must be one of" in text
    assert "`ethnicity` must be one of White, Black" in text


def test_expectations_are_enforced(faces, tmp_path):
    digest = build_manifest(protocol(tmp_path), faces, tmp_path).digest
    good = protocol(tmp_path, expect={"counts": {"test": 12}, "digest": digest})
    assert build_manifest(good, faces, tmp_path).digest == digest
    bad = protocol(tmp_path, expect={"counts": {"test": 13}, "digest": "0" * 64})
    with pytest.raises(ProtocolError, match=f"13 test rows, received 12.*{digest}"):
        build_manifest(bad, faces, tmp_path)


def test_undeclared_columns_are_named(faces, tmp_path):
    columns = FACES["columns"] | {"gendr": {}}
    with pytest.raises(ProtocolError, match="`gendr` is not a column.*`gender`"):
        build_manifest(protocol(tmp_path, columns=columns), faces, tmp_path)


@register_source("undrawn_portraits")
class UndrawnPortraits(Portraits):
    """The rows of the portraits without the pictures, which take seconds."""

    def read(self, root, cache):
        frame = labels(self.count, self.seed)
        return Listing(frame.assign(sha256=frame["id"]), cache)


def check_portraits(manifest):
    """`expect` holds counts and digest, so that it was built says the most."""
    assert manifest.meta["synthetic"] is True
    assert manifest.counts["test"] == 320
    strata = manifest.rows("test")["stratum"].value_counts()
    assert len(strata) == 64 and set(strata) == {5}
    trained = manifest.rows("train")["tribe"].value_counts()
    assert trained["Maple"] < trained["Birch"] / 4


def test_rows_of_portraits(tmp_path):
    protocol = load_protocol("portraits")
    assert protocol.expect.digest and protocol.expect.counts.keys() == set(SPLITS)
    undrawn = protocol.source.model_copy(update={"name": "undrawn_portraits"})
    protocol = protocol.model_copy(update={"source": undrawn})
    check_portraits(build_manifest(protocol, cache=tmp_path))


@pytest.mark.slow
def test_portraits(tmp_path):
    manifest = build_manifest("portraits", cache=tmp_path)
    check_portraits(manifest)
    assert find_unreadable(manifest.paths()) == []


def test_neither_keras_nor_tensorflow_is_imported():
    code = (
        "import sys, kpoc.protocols.build, kpoc.pictures.images;"
        "import kpoc.protocols.protocol as p;"
        "p.load_protocol('faces');"
        "print([m for m in ('keras', 'tensorflow', 'torch', 'jax', 'pandas')"
        " if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


@pytest.mark.realdata
@pytest.mark.skipif("KPOC_DATA" not in os.environ, reason="KPOC_DATA is not set")
def test_utkface(tmp_path):
    manifest = build_manifest("faces", cache=tmp_path)
    strata = manifest.rows("test")["stratum"].value_counts()
    assert manifest.counts["test"] == 640 and len(strata) == 64 and set(strata) == {10}
    splits = manifest.table.groupby("sha256")["split"].nunique()
    assert splits.max() == 1 and manifest.table["sha256"].is_unique
    share = manifest.counts["validation"] / (
        manifest.counts["validation"] + manifest.counts["train"]
    )
    assert share == pytest.approx(0.2, abs=0.002)
    trained = manifest.table["split"] != "test"
    asian = int((manifest.table.loc[trained, "ethnicity"] == "Asian").sum())
    removal = next(s for s in manifest.meta["steps"] if s["name"] == "remove")
    matching = removal["notes"]["matching"]
    assert asian == matching - 160 - int(0.75 * matching + 0.5)
    malformed = [
        r for r in manifest.meta["reported"] if "cannot be told" in r["reason"]
    ]
    assert len(malformed) == 3
    assert find_unreadable(manifest.paths()) == []
