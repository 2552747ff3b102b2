"""Two small datasets with their pages: portraits, and files named as UTKFace's."""

import cv2
import numpy as np
import pytest

from kpoc.data_show.show import show_data
from kpoc.protocols.build import build_manifest
from kpoc.protocols.protocol import Protocol
from kpoc.recipe import load_recipe

BANDS = {"name": "band", "column": "age", "into": "age_band", "first": 1, "width": 20}
PORTRAITS = {
    "name": "few",
    "description": "few portraits",
    "source": {"name": "portraits", "count": 300, "size": 48},
    "columns": {
        "age": {"range": [1.0, 80.0]},
        "kind": {"classes": ["Round", "Angular"]},
        "tribe": {"classes": ["Cedar", "Birch", "Maple", "Willow"]},
        "age_band": {"classes": ["1-20", "21-40", "41-60", "61-80"]},
    },
    "steps": [
        BANDS | {"last": 80},
        {"name": "test", "rows": 4, "by": ["kind", "tribe"]},
        {"name": "remove", "where": {"tribe": "Maple"}, "fraction": 0.75},
        {"name": "split", "train": 0.8, "validation": 0.2, "stratify": ["tribe"]},
    ],
}
FACES = {
    "name": "<faces>",
    "source": {"name": "utkface"},
    "columns": {
        "age": {"range": [1.0, 60.0]},
        "ethnicity": {"classes": ["White", "Black", "Asian", "Indian"]},
    },
    "steps": [
        {"name": "deduplicate", "labels": ["age"], "contradictory": "drop"},
        {"name": "drop", "where": {"ethnicity": "Other"}},
        {"name": "test", "rows": 2, "by": ["ethnicity"]},
        {"name": "split", "train": 0.8, "validation": 0.2, "stratify": ["ethnicity"]},
    ],
}
AUGMENTATION = {"augmentation": [{"name": "random_flip", "p": 1.0}], "image_size": 32}


def make_faces(folder):
    """100 faces of 5 ethnicities; two pictures with copies, one file that is cut."""
    rng = np.random.default_rng(0)
    for i in range(100):
        size = (20, 30, 3) if i % 4 else (40, 40, 3)
        jpeg = cv2.imencode(".jpg", rng.integers(0, 255, size, "uint8"))[1].tobytes()
        names = [f"{1 + i % 60}_0_{i % 5}_{i}"]
        if i == 50:
            names += ["51_0_0_1001", "51_0_0_1002"]
        if i == 51:
            names += ["3_0_1_1003"]
        for name in names:
            content = jpeg[:300] if i == 7 else jpeg
            (folder / f"{name}.jpg.chip.jpg").write_bytes(content)
    (folder / "5_0.jpg.chip.jpg").write_bytes(b"")


class Shown:
    """A page with what it was made from."""

    def __init__(self, fields, folder, **options):
        self.protocol = Protocol(**fields)
        self.cache = folder / "cache"
        self.manifest = build_manifest(
            self.protocol, root=options.get("data"), cache=self.cache
        )
        self.path = show_data(self.protocol, out=folder, cache=self.cache, **options)
        self.html = self.path.read_text("utf-8")


@pytest.fixture(scope="session")
def portraits(tmp_path_factory):
    recipe = load_recipe("portraits/baseline", AUGMENTATION)
    return Shown(PORTRAITS, tmp_path_factory.mktemp("pages"), recipe=recipe)


@pytest.fixture(scope="session")
def faces(tmp_path_factory):
    folder = tmp_path_factory.mktemp("UTKFace")
    make_faces(folder)
    return Shown(FACES, tmp_path_factory.mktemp("pages"), data=folder)
