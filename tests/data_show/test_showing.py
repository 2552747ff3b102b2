import base64
import re
import subprocess
import sys

import cv2
import numpy as np
import pytest

from kpoc.augmentation.chain import make_augmentations
from kpoc.batches.pipeline import Rows, load_pixels, training_batches
from kpoc.data_show.show import show_data
from kpoc.protocols.build import build_manifest
from kpoc.protocols.protocol import Protocol
from kpoc.recipe import load_recipe


def test_the_command_writes_a_page_without_loading_keras(workshop, tmp_path):
    script = (
        "import sys; from kpoc.cli import main\n"
        f"status = main(['data', 'show', 'tiny.yaml', '--augment', 'baseline.yaml', "
        f"'--out', {str(tmp_path)!r}])\n"
        "print(status, {'keras', 'tensorflow'} & set(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=workshop,
        capture_output=True,
        text=True,
        check=True,
    )
    page = tmp_path / "tiny" / "index.html"
    assert done.stdout.splitlines() == [f"page: {page}", "0 set()"]
    html = page.read_text("utf-8")
    assert "random_flip" in html and "Data of tiny" in html


def test_a_wrong_recipe_is_an_error_before_anything_is_read(tmp_path):
    with pytest.raises(ValueError, match="`augmentatio`"):
        (tmp_path / "mine.yaml").write_text(
            "extends: portraits/baseline\naugmentatio: []\n"
        )
        show_data("faces", recipe=tmp_path / "mine.yaml", data=tmp_path / "none")
    odd = load_recipe("portraits/baseline", {"augmentation": [{"name": "random_flop"}]})
    with pytest.raises(ValueError, match="`random_flip`"):
        show_data("faces", recipe=odd, data=tmp_path / "none")
    with pytest.raises(ValueError, match="portraits"):
        show_data("portrait", out=tmp_path)


def test_a_file_in_the_place_of_the_page_is_said_before_anything_is_read(tmp_path):
    (tmp_path / "pages").write_text("x")
    with pytest.raises(ValueError, match="`--out` must be a folder.*pages is a file"):
        show_data("faces", out=tmp_path / "pages", data=tmp_path / "none")


def test_without_a_train_image_that_can_be_read_the_page_says_so(tmp_path):
    for i in range(12):
        path = tmp_path / "photos" / ("test" if i < 4 else "train") / "a" / f"{i}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"no image {i}")
    steps = [
        {"name": "drop", "where": {"id": [f"gone{i}.png" for i in range(1_300)]}},
        {"name": "given", "column": "split_folder", "test": ["test"]},
        {"name": "split", "train": 0.5, "validation": 0.5, "stratify": ["label"]},
    ]
    protocol = Protocol(
        name="broken",
        source={"name": "folder", "split_folders": ["test", "train"]},
        columns={"label": {"classes": ["a"]}},
        steps=steps,
    )
    page = show_data(
        protocol, data=tmp_path / "photos", recipe="portraits/baseline", out=tmp_path
    )
    html = page.read_text("utf-8")
    assert "No train image can be read." in html
    assert "gone199.png, and 1,100 more" in html and "gone200.png" not in html


PHOTOS = Protocol(
    name="photos",
    source={"name": "folder"},
    columns={"label": {"classes": ["a", "b"]}},
    steps=[
        {"name": "test", "rows": 2, "by": ["label"]},
        {"name": "split", "train": 0.75, "validation": 0.25, "stratify": ["label"]},
    ],
)


@pytest.fixture(scope="module")
def photos(tmp_path_factory):
    """Photographs larger than what is trained on, one of them cut off."""
    root, rng = tmp_path_factory.mktemp("photos"), np.random.default_rng(0)
    for i in range(40):
        small = rng.integers(0, 256, (9, 13, 3), np.uint8)
        image = cv2.resize(small, (150 + i, 90), interpolation=cv2.INTER_CUBIC)
        file = root / "ab"[i % 2] / f"{i:02d}.png"
        file.parent.mkdir(exist_ok=True)
        cv2.imwrite(str(file), image)
    train = build_manifest(PHOTOS, root=root).rows("train")
    cut = root / train["path"][1]
    cut.write_bytes(cut.read_bytes()[:900])
    return root


@pytest.mark.parametrize(
    "chain",
    [
        [{"name": "random_resized_crop", "scale": [0.1, 0.3]}, {"name": "random_flip"}],
        [{"name": "random_affine", "degrees": 20.0}, {"name": "color_jitter"}],
    ],
    ids=["from the originals", "from reduced images"],
)
def test_augmented_images_are_the_pixels_of_training_batches(photos, tmp_path, chain):
    recipe = load_recipe(
        "portraits/baseline",
        {"augmentation": chain, "image_size": 40, "seed": 5, "unreadable": "skip"},
    )
    page = show_data(PHOTOS, data=photos, recipe=recipe, out=tmp_path)
    strips = re.findall(
        r'<ul class="cards exact".*?aria-label="([^"]+)">(.*?)</ul>',
        page.read_text("utf-8"),
        re.DOTALL,
    )
    shown = {}
    for name, strip in strips:
        uris = re.findall(r'src="data:[^,]+,([^"]+)', strip)
        data = [np.frombuffer(base64.b64decode(uri), np.uint8) for uri in uris]
        shown[name] = [cv2.imdecode(one, 1)[..., ::-1] for one in data]

    train = build_manifest(PHOTOS, root=photos).rows("train").drop(1)
    paths = [photos / path for path in train["path"]]
    rows = Rows(paths, {"row": np.arange(len(paths))}, 40, load_pixels(paths, 40))
    augmentations = make_augmentations(recipe.augmentation)
    compared, names = 0, train["id"].tolist()
    batches = training_batches(rows, 5, seed=5, epochs=3, augmentations=augmentations)
    for step, (images, labels) in enumerate(batches):
        epoch = step // (len(paths) // 5)
        for image, row in zip(np.array(images), np.array(labels["row"]), strict=True):
            if names[row] in shown:
                np.testing.assert_array_equal(shown[names[row]][1 + epoch], image)
                compared += 1
    assert len(shown) == 8 and compared > 15
    for name, path in zip(names, paths, strict=True):
        if name in shown:
            assert [len(shown[name]), shown[name][0].shape] == [8, (40, 40, 3)]
            reduced = load_pixels([path], 40)[0]
            np.testing.assert_array_equal(shown[name][0], reduced)


@pytest.mark.realdata
def test_real_faces_make_a_page(real_data, tmp_path):
    page = show_data("faces", data=real_data, out=tmp_path)
    assert 300_000 < page.stat().st_size < 5_000_000
