import subprocess
import sys

import pytest

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


@pytest.mark.realdata
def test_real_faces_make_a_page(real_data, tmp_path):
    page = show_data("faces", data=real_data, out=tmp_path)
    assert 300_000 < page.stat().st_size < 5_000_000
