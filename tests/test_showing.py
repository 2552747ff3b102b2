import subprocess
import sys

import pytest

from kpoc.data.protocol import Protocol
from kpoc.recipe import load_recipe
from kpoc.showing import show_data


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


@pytest.mark.realdata
def test_real_faces_make_a_page(real_data, tmp_path):
    page = show_data("faces", data=real_data, out=tmp_path)
    assert 300_000 < page.stat().st_size < 5_000_000
