import hashlib
import time

import numpy as np
import pytest

from kpoc.ground.hashing import file_hashes, file_sha256, stable_hash, stable_unit


def test_is_the_head_of_sha256():
    ids = ["a.png", "b/ü.png", ""]
    expected = [
        int(hashlib.sha256(f"7\x1ftest\x1f{i}".encode()).hexdigest()[:16], 16)
        for i in ids
    ]
    assert stable_hash(ids, seed=7, salt="test").tolist() == expected
    assert stable_hash(ids, seed=7, salt="test").dtype == np.uint64


def test_seed_and_salt_matter_and_neighbours_do_not():
    ids = [f"{i}.png" for i in range(100)]
    base = stable_hash(ids, 0, "test")
    assert not np.any(base == stable_hash(ids, 1, "test"))
    assert not np.any(base == stable_hash(ids, 0, "split"))
    assert np.array_equal(stable_hash(ids[::-1], 0, "test"), base[::-1])


def test_units_are_uniform_and_salts_independent():
    ids = [str(i) for i in range(20_000)]
    a, b = stable_unit(ids, 0, "a"), stable_unit(ids, 0, "b")
    assert a.min() >= 0 and a.max() < 1
    counts = np.histogram(a, bins=20, range=(0, 1))[0]
    # chi-squared with 19 degrees of freedom: 43.8 is its 99.9 % point
    assert ((counts - 1000) ** 2 / 1000).sum() < 43.8
    assert abs(np.corrcoef(a, b)[0, 1]) < 0.03


def test_no_ids():
    assert stable_hash([], 0, "x").shape == (0,)


@pytest.mark.slow
def test_a_million_ids_take_seconds():
    ids = [f"folder/{i}.jpg" for i in range(1_000_000)]
    start = time.process_time()
    assert len(stable_hash(ids, 0, "test")) == 1_000_000
    assert time.process_time() - start < 5


def test_file_hashes_keep_order(tmp_path):
    paths = []
    for i in range(200):
        paths.append(tmp_path / str(i))
        paths[-1].write_bytes(bytes([i]))
    expected = [hashlib.sha256(bytes([i])).hexdigest() for i in range(200)]
    assert file_hashes(paths) == expected
    assert file_sha256(paths[3]) == expected[3]


def test_all_files_that_cannot_be_hashed_are_named(tmp_path):
    (tmp_path / "there").touch()
    (tmp_path / "folder").mkdir()
    with pytest.raises(OSError, match=r"^2 file.*\n.*folder: Is a.*\n.*none: No such"):
        file_hashes([tmp_path / name for name in ("none", "there", "folder")])
