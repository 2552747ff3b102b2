import functools
import http.server
import importlib.util
import sys
import tarfile
import threading

import pytest

from kpoc.protocols.build import build_manifest
from kpoc.sources.kinds.stanford_dogs import StanfordDogs, parse_folder
from kpoc.sources.source import SourceError

FILES = [
    "n02085620-Chihuahua/n02085620_10074.jpg",
    "n02085620-Chihuahua/n02085620_10131.jpg",
    "n02099601-golden_retriever/n02099601_100.jpg",
]
needs_tfds = pytest.mark.skipif(
    importlib.util.find_spec("tensorflow_datasets") is None,
    reason="needs tensorflow-datasets",
)


def write(folder, names=FILES):
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(name.encode())
    return folder


def pack(images, archive):
    with tarfile.open(archive, "w") as tar:
        tar.add(images, "Images")
    return archive


@pytest.fixture
def images(tmp_path):
    return write(tmp_path / "dogs" / "Images")


def read(root, tmp_path, **parameters):
    return StanfordDogs(**parameters).read(root, tmp_path / "cache")


def test_folders_of_breeds():
    assert parse_folder("n02102040-English_springer") == (
        "n02102040",
        "English springer",
    )
    assert parse_folder("n02105412-soft-coated_x") == ("n02105412", "soft-coated x")
    for name in ("Chihuahua", "n0208562-Chihuahua", "n02085620-", "x02085620-Pug"):
        with pytest.raises(ValueError, match="not in a folder of a breed"):
            parse_folder(name)


def test_reads_the_folder(images, tmp_path):
    write(images, ["cats/1.jpg", "n02085620-Chihuahua/notes.txt"])
    listing = read(images, tmp_path)
    assert listing.frame["id"].tolist() == FILES
    assert listing.frame["path"].tolist() == FILES
    assert listing.frame["breed"].tolist() == ["Chihuahua"] * 2 + ["golden retriever"]
    assert listing.frame["synset"].tolist() == ["n02085620"] * 2 + ["n02099601"]
    assert listing.frame["sha256"].nunique() == 3
    assert listing.root == images.resolve()
    assert dict(listing.reported) == {
        "cats/1.jpg": "not in a folder of a breed (n02085620-Chihuahua)",
        "n02085620-Chihuahua/notes.txt": "not an image, by its name",
    }


def test_folders_above_and_archives_give_the_same_rows(images, tmp_path):
    direct = read(images, tmp_path).frame
    archive = pack(images, tmp_path / "images.tar")
    (tmp_path / "kept").mkdir()
    archive.rename(tmp_path / "kept" / "images.tar")
    for root in (
        images.parent,
        tmp_path,
        tmp_path / "kept" / "images.tar",
        tmp_path / "kept",
    ):
        assert read(root, tmp_path).frame.equals(direct)


def test_wrong_roots(tmp_path):
    (tmp_path / "n02085620-Chihuahua").mkdir()
    with pytest.raises(SourceError, match="looked for folders such as n02085620-Chi"):
        read(tmp_path, tmp_path)
    with pytest.raises(SourceError, match="must exist"):
        read(tmp_path / "nothing", tmp_path)
    for name in ("a", "b"):
        write(tmp_path / name / "Images")
    with pytest.raises(SourceError, match=r"found them in 2 \(.*a/Images, .*b/Im"):
        read(tmp_path, tmp_path)


def test_without_tensorflow_datasets_the_offline_way_is_named(tmp_path, monkeypatch):
    # what Python does with a package that is not there
    monkeypatch.setitem(sys.modules, "tensorflow_datasets", None)
    with pytest.raises(SourceError, match=r"kpoc\[tfds\].*--data FILE"):
        read(None, tmp_path)


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *words):
        pass


@needs_tfds
@pytest.mark.slow
def test_downloads_once(images, tmp_path):
    pack(images, tmp_path / "images.tar")
    handler = functools.partial(_Quiet, directory=tmp_path)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_port}/images.tar"
        with pytest.raises(SourceError, match="--data FILE.*404"):
            read(None, tmp_path, url=url.replace("images", "other"))
        listing = read(None, tmp_path, url=url)
        server.shutdown()
    assert read(None, tmp_path, url=url).frame.equals(listing.frame)
    assert listing.frame["id"].tolist() == FILES
    with pytest.raises(SourceError, match="could not be downloaded.*--data FILE"):
        StanfordDogs(url=url).read(None, tmp_path / "another cache")


@pytest.mark.realdata
def test_all_protocols_on_real_images(real_dogs, tmp_path):
    counts, tests = {}, {}
    for name in ("dogs13", "dogs28", "dogs120", "dogs120_20"):
        manifest = build_manifest(name, real_dogs, tmp_path)
        table = manifest.table
        counts[name] = len(table)
        by_breed = table.groupby(["breed", "split"]).size().unstack()
        assert len(by_breed) == int(name.removeprefix("dogs").removesuffix("_20"))
        rows = by_breed.sum(axis=1)
        assert "ImageNet" in manifest.meta["overlap"]
        assert "Products" in str(manifest.meta["card"]["out_of_scope"])
        tests[name] = set(table.loc[table["split"] == "test", "path"])
        if name.endswith("_20"):
            assert (rows - by_breed["test"] == 20).all()
            continue
        # a quarter, and a quarter of the rest, to the nearest whole image
        assert (by_breed["test"] - rows / 4).abs().max() <= 0.5
        assert (by_breed["validation"] - (rows - by_breed["test"]) / 4).abs().max() <= 1
    assert counts["dogs13"] < counts["dogs28"] < counts["dogs120_20"]
    assert counts["dogs120_20"] < counts["dogs120"]
    assert tests["dogs120_20"] == tests["dogs120"]
