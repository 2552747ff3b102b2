import gzip
import io
import shutil
import tarfile

import pytest

from kpoc.sources import archive as archive_module
from kpoc.sources.archive import unpack
from kpoc.sources.source import SourceError


def member(name, kind=tarfile.REGTYPE, link=""):
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, link
    return info


def write(path, members, content=b"content"):
    with tarfile.open(path, "w:gz" if path.name.endswith("gz") else "w") as tar:
        for info in members:
            if info.isreg():
                info.size = len(content)
            tar.addfile(info, io.BytesIO(content) if info.isreg() else None)
    return path


def left_in(cache):
    return [p for p in cache.rglob("*") if p.is_file() or p.name.startswith(".")]


@pytest.mark.parametrize("suffix", [".tar", ".tar.gz", ".tgz"])
def test_unpacks_once(tmp_path, suffix):
    archive = write(tmp_path / f"faces{suffix}", [member("d/a"), member("d/b")])
    folder = unpack(archive, tmp_path / "cache")
    assert sorted(p.name for p in (folder / "d").iterdir()) == ["a", "b"]
    (folder / "d" / "a").write_text("mine")
    assert unpack(archive, tmp_path / "cache") == folder
    assert (folder / "d" / "a").read_text() == "mine"
    archive.unlink()
    write(archive, [member("d/c")])
    assert unpack(archive, tmp_path / "cache") != folder


@pytest.mark.skipif(
    not hasattr(tarfile, "data_filter"), reason="Python below 3.11.4 unpacks no links"
)
def test_links_inside_are_fine(tmp_path):
    links = [
        member("d/a"),
        member("e/b", tarfile.SYMTYPE, "../d/a"),
        member("d/c", tarfile.LNKTYPE, "d/a"),
    ]
    folder = unpack(write(tmp_path / "x.tar", links), tmp_path / "cache")
    assert (folder / "e" / "b").read_text() == "content"
    assert (folder / "d" / "c").read_text() == "content"


def test_unsafe_members_are_all_listed_and_nothing_is_written(tmp_path):
    bad = {
        "../evil": member("../evil"),
        "/etc/evil": member("/etc/evil"),
        "a/../../evil2": member("a/../../evil2"),
        "..\\evil3": member("..\\evil3"),
        "link": member("link", tarfile.SYMTYPE, "/etc"),
        "deep/link2": member("deep/link2", tarfile.SYMTYPE, "../../x"),
        "hard": member("hard", tarfile.LNKTYPE, "../../x"),
        "pipe": member("pipe", tarfile.FIFOTYPE),
        "device": member("device", tarfile.CHRTYPE),
    }
    archive = write(tmp_path / "x.tar", [member("good"), *bad.values()])
    with pytest.raises(SourceError) as caught:
        unpack(archive, tmp_path / "cache")
    assert "9 unsafe members" in str(caught.value)
    for name in bad:
        assert repr(name) in str(caught.value)
    assert "'good'" not in str(caught.value)
    assert left_in(tmp_path / "cache") == []
    assert not (tmp_path / "evil").exists()


def test_without_filters_links_are_refused_and_files_unpacked(tmp_path, monkeypatch):
    monkeypatch.setattr(archive_module, "_FILTERED", False)
    content = [member("a", tarfile.DIRTYPE), member("a/b")]
    folder = unpack(write(tmp_path / "x.tar", content), tmp_path / "cache")
    assert (folder / "a" / "b").is_file()
    content += [
        member("c", tarfile.SYMTYPE, "a/b"),
        member("d", tarfile.LNKTYPE, "a/b"),
    ]
    with pytest.raises(SourceError, match=r"2 unsafe members: 'c' is a link.*3\.11\.4"):
        unpack(write(tmp_path / "y.tar", content), tmp_path / "cache")


def test_writing_through_a_link_is_refused(tmp_path):
    """Each link alone looks inside; followed one after the other they lead out."""
    chain = [
        member("d/e/f", tarfile.DIRTYPE),
        member("x", tarfile.SYMTYPE, "d/e/f"),
        member("y", tarfile.SYMTYPE, "x/.."),
        member("z", tarfile.SYMTYPE, "y/../../.."),
        member("z/evil"),
    ]
    with pytest.raises(SourceError):
        unpack(write(tmp_path / "x.tar", chain), tmp_path / "cache")
    assert left_in(tmp_path / "cache") == []
    assert not list(tmp_path.rglob("evil"))


@pytest.mark.parametrize("suffix", [".tar", ".tar.gz"])
def test_a_damaged_archive_leaves_nothing(tmp_path, suffix):
    archive = tmp_path / f"x{suffix}"
    noise = bytes(range(256)) * 40
    write(archive, [member(f"d/{i}") for i in range(20)], noise)
    data = archive.read_bytes()
    archive.write_bytes(data[: len(data) // 2])
    with pytest.raises(SourceError, match="undamaged"):
        unpack(archive, tmp_path / "cache")
    archive.write_bytes(b"not an archive")
    with pytest.raises(SourceError, match="undamaged"):
        unpack(archive, tmp_path / "cache")
    assert left_in(tmp_path / "cache") == []


def test_more_than_an_archive_may_hold_is_refused_unread(tmp_path):
    bomb = member("d/zeros")
    bomb.size = archive_module.ALWAYS_FINE
    path = tmp_path / "x.tar.gz"
    # its header alone: what is too large is not even looked for
    path.write_bytes(gzip.compress(bomb.tobuf()))
    with pytest.raises(SourceError, match=r"100 times its size.*member 1, 'd/zeros'"):
        unpack(path, tmp_path / "cache")
    assert left_in(tmp_path / "cache") == []


def test_names_without_content_and_headers_count_as_well(tmp_path, monkeypatch):
    monkeypatch.setattr(archive_module, "ALWAYS_FINE", 500_000)
    many = write(tmp_path / "many.tar.gz", [member("d/a")] * 2000, b"")
    assert many.stat().st_size < 20_000
    with pytest.raises(SourceError, match=r"at most 100 times its size.*'d/a'"):
        unpack(many, tmp_path / "cache")
    long = member("a")
    long.pax_headers = {"comment": "x" * archive_module._LARGEST_HEADER}
    with pytest.raises(SourceError, match="undamaged.*a header must be below"):
        unpack(write(tmp_path / "header.tar.gz", [long]), tmp_path / "cache")
    deep = [member("d/" * 70 + "a"), member("n" * 1100)]
    with pytest.raises(SourceError, match=r"2 unsafe.*64 folders deep.*1024 bytes"):
        unpack(write(tmp_path / "deep.tar", deep), tmp_path / "cache")
    assert left_in(tmp_path / "cache") == []


def test_what_the_disk_has_no_room_for_is_refused(tmp_path, monkeypatch):
    free = shutil.disk_usage(tmp_path)._replace(free=1000)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: free)
    with pytest.raises(SourceError, match="fit on the disk.*1000 bytes"):
        unpack(write(tmp_path / "x.tar", [member("a"), member("b")]), tmp_path / "c")
