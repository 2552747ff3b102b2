"""The same batches whatever the number of threads, the machine's load and the past."""

import hashlib
import json
import os
import subprocess
import sys
import time
from pathlib import Path

import cv2
import numpy as np
import pytest

from kpoc.augmentation.chain import make_augmentations
from kpoc.augmentation.views import Views
from kpoc.batches.pipelines import arrays
from kpoc.batches.rows import Rows
from kpoc.batches.sampling import Sampler
from kpoc.batches.sampling.balanced import Balanced
from kpoc.ground.schema import Component

SIZE, COUNT, BATCH, EPOCHS = 16, 30, 4, 3
STEPS = COUNT // BATCH
CHAINS = {
    "folded": ["random_flip", {"name": "random_affine", "degrees": 20}],
    "from originals": ["random_resized_crop", {"name": "color_jitter", "hue": 0.2}],
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("images")
    rng = np.random.default_rng(0)
    for number in range(COUNT):
        shape = (*rng.integers(9, 40, 2), 3)
        picture = rng.integers(0, 256, shape, dtype="uint8")
        cv2.imwrite(str(folder / f"{number}.png"), picture)
    return folder


def batches_of(way, folder, chain, *, sampled=True, first_step=0):
    """The arrays of each batch, in a fixed order."""
    paths = [folder / f"{number}.png" for number in range(COUNT)]
    cells = (np.arange(20), np.arange(20, 27), np.arange(27, COUNT))
    labels = {"y": np.arange(COUNT, dtype="int32")}
    weights = {"y": np.linspace(0, 1, COUNT, dtype="float32")}
    sampler = Sampler(Balanced(by=["kind"]), cells) if sampled else None
    rows = Rows(paths, labels, SIZE, weights=weights, sampler=sampler)
    augmentations = make_augmentations(
        [Component.model_validate(each) for each in CHAINS[chain]]
    )
    how = {"seed": 11, "epochs": EPOCHS, "first_step": first_step}
    single = way.training_batches(rows, BATCH, augmentations=augmentations, **how)
    views = [Views(augmentations, 2, SIZE)]
    double = way.view_batches(rows, BATCH, views, **how)
    return [
        [np.asarray(each) for each in (images, y["y"], weight["y"], two["views"])]
        for (images, y, weight), two in zip(single, double, strict=True)
    ]


def digests(batches):
    return [
        hashlib.sha256(b"".join(each.tobytes() for each in batch)).hexdigest()
        for batch in batches
    ]


def other_way(name):
    from kpoc.batches.pipelines import tf_data

    return {"arrays": arrays, "tf_data": tf_data}[name]


@pytest.fixture(scope="module", params=CHAINS)
def chain(request):
    return request.param


@pytest.fixture(scope="module")
def expected(folder, chain):
    found = digests(batches_of(arrays, folder, chain))
    assert len(set(found)) == len(found) == EPOCHS * STEPS
    return found


@pytest.mark.parametrize("way", ["arrays", "tf_data"])
@pytest.mark.parametrize("threads", [1, 5])
def test_any_number_of_threads(folder, chain, expected, monkeypatch, way, threads):
    monkeypatch.setattr(os, "cpu_count", lambda: threads)
    # batches are ready in another order than they are asked for
    chance = np.random.default_rng()
    choose = arrays.TrainingSteps.choose

    def late(steps, step):
        time.sleep(chance.uniform(0.0, 0.004))
        return choose(steps, step)

    monkeypatch.setattr(arrays.TrainingSteps, "choose", late)
    assert digests(batches_of(other_way(way), folder, chain)) == expected


@pytest.mark.parametrize("way", ["arrays", "tf_data"])
@pytest.mark.parametrize("epoch", [1, 2])
def test_an_epoch_does_not_depend_on_those_before(folder, chain, expected, way, epoch):
    first = epoch * STEPS + 2
    found = batches_of(other_way(way), folder, chain, first_step=first)
    assert digests(found) == expected[first:]


def test_another_process_on_one_processor(folder):
    chain = "from originals"
    code = (
        "import os, sys, json, pathlib; os.sched_setaffinity(0, {int(sys.argv[4])});"
        "sys.path.insert(0, sys.argv[1]); import test_same_batches as test;"
        "found = test.batches_of("
        "test.arrays, pathlib.Path(sys.argv[2]), sys.argv[3]);"
        "print(json.dumps(test.digests(found)))"
    )
    processor = str(min(os.sched_getaffinity(0)))
    words = [str(Path(__file__).parent), str(folder), chain, processor]
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code, *words],
        env={**os.environ, "PYTHONHASHSEED": "7", "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    expected = digests(batches_of(arrays, folder, chain))
    assert json.loads(done.stdout.splitlines()[-1]) == expected
