import tarfile

import cv2
import numpy as np
import pytest

from kpoc.sources.kinds.utkface import UTKFace, parse_name
from kpoc.sources.source import SOURCES, SourceError


def test_sources_are_found():
    assert {"portraits", "utkface"} <= set(SOURCES.names())


@pytest.mark.parametrize(
    ("name", "labels"),
    [
        ("1_0_0_20170109150557335.jpg.chip.jpg", (1, "Male", "White")),
        ("116_1_4_20170109150557335.jpg.chip.jpg", (116, "Female", "Other")),
        ("25_0_1_20170116001036225.jpg.chip.jpg", (25, "Male", "Black")),
        # dates of 16 and 18 digits are in the original
        ("14_0_2_2017011022340900.jpg.chip.jpg", (14, "Male", "Asian")),
        ("28_1_3_201701161846515488.jpg.chip.jpg", (28, "Female", "Indian")),
        # a stray space and a missing dot, as in the original
        ("24_0_1_20170116220224657 .jpg.chip.jpg", (24, "Male", "Black")),
        ("55_0_0_20170116232725357jpg.chip.jpg", (55, "Male", "White")),
    ],
)
def test_names(name, labels):
    assert parse_name(name) == labels


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("39_1_20170116174525125.jpg.chip.jpg", "3 fields"),
        ("61_1_20170109142408075.jpg.chip.jpg", "3 fields"),
        ("61_1_20170109150557335.jpg.chip.jpg", "missing cannot be told"),
        ("6_1_1_1_20170109150557335.jpg.chip.jpg", "5 fields.*too much"),
        ("0_1_1_20170109150557335.jpg.chip.jpg", "age 0 is outside 1..116"),
        ("117_1_1_20170109150557335.jpg.chip.jpg", "age 117 is outside"),
        ("20_2_1_20170109150557335.jpg.chip.jpg", "gender 2"),
        ("20_1_5_20170109150557335.jpg.chip.jpg", "ethnicity 5"),
        ("-3_1_1_20170109150557335.jpg.chip.jpg", "age '-3' is not a whole"),
        ("٣_1_1_20170109150557335.jpg.chip.jpg", "not a whole number"),
        ("20__1_20170109150557335.jpg.chip.jpg", "gender '' is not a whole"),
        ("20_1_1_.jpg.chip.jpg", "date '' is not a whole"),
        ("._20_1_1_2017.jpg.chip.jpg", "5 fields"),
        (".DS_Store", "not named like"),
        ("20_1_1_20170109150557335.jpg", "not named like"),
        ("20_1_1_20170109150557335.jpg.chip.jpg.part", "not named like"),
    ],
)
def test_ambiguous_names(name, reason):
    with pytest.raises(ValueError, match=reason):
        parse_name(name)


@pytest.fixture
def faces(tmp_path):
    folder = tmp_path / "data" / "UTKFace"
    folder.mkdir(parents=True)
    names = ["20_0_0_20170109150557335.jpg.chip.jpg", "30_1_2_2017.jpg.chip.jpg"]
    names += ["24_0_1_20170116220224657 .jpg.chip.jpg"]
    for i, name in enumerate([*names, "61_1_20170109142408075.jpg.chip.jpg"]):
        image = np.full((8, 8, 3), i * 50, np.uint8)
        (folder / name).write_bytes(cv2.imencode(".jpg", image)[1].tobytes())
    (folder / "Thumbs.db").write_bytes(b"x")
    (folder / "10_0_0_2017.jpg.chip.jpg").mkdir()
    return folder


def same(first, second):
    return first.frame.equals(second.frame) and first.reported == second.reported


def test_reads_a_folder(faces, tmp_path):
    listing = UTKFace().read(faces, tmp_path / "cache")
    assert listing.root == faces
    assert listing.frame.columns.tolist() == [
        "id",
        "path",
        "sha256",
        "age",
        "gender",
        "ethnicity",
    ]
    assert listing.frame["age"].tolist() == [20.0, 24.0, 30.0]
    assert listing.frame["age"].dtype == np.float64
    assert listing.frame["sha256"].nunique() == 3
    assert [name for name, _ in listing.reported] == [
        "10_0_0_2017.jpg.chip.jpg",
        "61_1_20170109142408075.jpg.chip.jpg",
        "Thumbs.db",
    ]
    assert all(reason for _, reason in listing.reported)


def test_a_parent_and_an_archive_give_the_same_rows(faces, tmp_path):
    direct = UTKFace().read(faces, tmp_path / "cache")
    (faces.parent / "other").mkdir()
    assert same(UTKFace().read(faces.parent, tmp_path / "cache"), direct)
    for suffix, mode in ((".tar", "w"), (".tar.gz", "w:gz")):
        archive = tmp_path / f"UTKFace{suffix}"
        with tarfile.open(archive, mode) as tar:
            tar.add(faces, "UTKFace")
        unpacked = UTKFace().read(archive, tmp_path / "cache")
        assert same(unpacked, direct)
        assert unpacked.root.is_relative_to(tmp_path / "cache")


def test_wrong_roots(tmp_path):
    (tmp_path / "empty").mkdir()
    with pytest.raises(SourceError, match=r"looked for \*\.jpg\.chip\.jpg"):
        UTKFace().read(tmp_path / "empty", tmp_path)
    (tmp_path / "a.zip").write_bytes(b"PK")
    with pytest.raises(SourceError, match=r"\.tar\.gz"):
        UTKFace().read(tmp_path / "a.zip", tmp_path)
    with pytest.raises(SourceError, match="must exist"):
        UTKFace().read(tmp_path / "nothing", tmp_path)
    with pytest.raises(SourceError, match="must be given"):
        UTKFace().read(None, tmp_path)
