"""Decoded images in the cache folder: whole, the same, within the budget."""

import multiprocessing
import os
import signal
import time

import cv2
import numpy as np
import pytest

from kpoc.batches import decoded
from kpoc.batches.decoded import fits_on_disk, keep_on_disk
from kpoc.batches.pipeline import load_pixels
from kpoc.ground.hashing import file_hashes

SIZE, COUNT = 16, 9
BYTES = COUNT * SIZE * SIZE * 3


@pytest.fixture(scope="module")
def paths(tmp_path_factory):
    folder = tmp_path_factory.mktemp("images")
    rng = np.random.default_rng(0)
    found = [folder / f"{number}.png" for number in range(COUNT)]
    for path in found:
        cv2.imwrite(str(path), rng.integers(0, 256, (20, 24, 3), dtype="uint8"))
    return found


def keep(paths, cache, **how):
    return keep_on_disk(paths, file_hashes(paths), SIZE, cache=cache, **how)


def only_folder(cache):
    [folder] = (cache / "decoded").glob("[0-9a-f]*")
    return folder


def test_it_is_made_once_and_holds_the_decoded_images(paths, tmp_path, monkeypatch):
    done = []
    pixels = keep(paths, tmp_path, progress=done.append)
    np.testing.assert_array_equal(pixels, load_pixels(paths, SIZE))
    assert done[-1] == COUNT
    with pytest.raises(ValueError, match="read-only"):
        pixels[0] = 0
    monkeypatch.setattr(decoded, "load_pixels", None)
    np.testing.assert_array_equal(keep(paths, tmp_path), pixels)


def test_content_order_and_size_have_files_of_their_own(paths, tmp_path):
    keep(paths, tmp_path)
    backwards = keep(paths[::-1], tmp_path)
    np.testing.assert_array_equal(backwards, load_pixels(paths[::-1], SIZE))
    small = keep_on_disk(paths, file_hashes(paths), 8, cache=tmp_path)
    assert small.shape == (COUNT, 8, 8, 3)
    assert len(list((tmp_path / "decoded").glob("[0-9a-f]*"))) == 3


@pytest.mark.parametrize(
    "damage",
    [
        lambda folder: _flip_a_bit(folder / "pixels.bin"),
        lambda folder: os.truncate(folder / "pixels.bin", BYTES // 2),
        lambda folder: (folder / "pixels.bin").unlink(),
        lambda folder: (folder / "about.json").write_text("{"),
    ],
)
def test_damage_is_named_and_mended(paths, tmp_path, capsys, damage):
    whole = np.array(keep(paths, tmp_path))
    assert not capsys.readouterr().out
    folder = only_folder(tmp_path)
    damage(folder)
    np.testing.assert_array_equal(keep(paths, tmp_path), whole)
    assert f"{folder} is damaged" in capsys.readouterr().out
    assert only_folder(tmp_path) == folder


def _flip_a_bit(file):
    content = bytearray(file.read_bytes())
    content[BYTES // 2] ^= 1
    file.write_bytes(content)


def _stop_half_way(paths, cache):
    def load_pixels(*given):
        os.kill(os.getpid(), signal.SIGKILL)

    decoded.load_pixels = load_pixels
    keep(paths, cache)


def test_what_a_killed_process_leaves_is_no_file_and_is_removed(paths, tmp_path):
    fork = multiprocessing.get_context("fork")
    process = fork.Process(target=_stop_half_way, args=(paths, tmp_path))
    process.start()
    process.join()
    assert process.exitcode == -signal.SIGKILL
    folder = tmp_path / "decoded"
    assert list(folder.glob(".*-*")) and not list(folder.glob("[0-9a-f]*"))
    np.testing.assert_array_equal(keep(paths, tmp_path), load_pixels(paths, SIZE))
    assert not list(folder.glob(".*-*"))


def test_the_longest_unused_gives_way(paths, tmp_path, monkeypatch):
    monkeypatch.setenv("KPOC_CACHE_GB", str(2.5 * BYTES / 1e9))
    orders = [paths, paths[::-1], paths[1:] + paths[:1]]
    first, second = keep(orders[0], tmp_path), keep(orders[1], tmp_path)
    names = sorted((tmp_path / "decoded").glob("[0-9a-f]*"))
    keep(orders[0], tmp_path)
    time.sleep(0.01)
    keep(orders[2], tmp_path)
    left = sorted((tmp_path / "decoded").glob("[0-9a-f]*"))
    assert len(names) == len(left) == 2 and len({*names, *left}) == 3
    # what is in use stays readable
    np.testing.assert_array_equal(second, load_pixels(paths[::-1], SIZE))
    np.testing.assert_array_equal(first, keep(paths, tmp_path))


def test_the_budget_is_kept(paths, tmp_path, monkeypatch):
    assert fits_on_disk(COUNT, SIZE, tmp_path / "not there yet")
    monkeypatch.setenv("KPOC_CACHE_GB", str(0.9 * BYTES / 1e9))
    assert not fits_on_disk(COUNT, SIZE, tmp_path)
    with pytest.raises(ValueError, match="within .KPOC_CACHE_GB.*Received: images"):
        keep(paths, tmp_path)
    for wrong in ("much", "-1", "nan"):
        monkeypatch.setenv("KPOC_CACHE_GB", wrong)
        with pytest.raises(ValueError, match=f"number.*Received: '{wrong}'"):
            fits_on_disk(COUNT, SIZE, tmp_path)
