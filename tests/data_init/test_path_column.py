import pandas as pd
import pytest

from kpoc.data_init.path_column import common_root, find_paths
from kpoc.sources.source import SourceError


@pytest.fixture
def root(tmp_path):
    """Pictures 0 to 9, of which 0 to 5 end in .jpg; notes on all of them."""
    for i in range(10):
        for name in (f"im/{i}.{'jpg' if i < 6 else 'png'}", f"ann/{i}.xml"):
            (tmp_path / name).parent.mkdir(exist_ok=True)
            (tmp_path / name).write_text(name)
    return tmp_path


def find(root, **columns):
    table = pd.DataFrame(columns, dtype=object)
    found = find_paths(table, list(table), root)
    return found.name, found.parameters


NUMBERS = [str(i) for i in range(10)]
NAMES = [f"{i}.{'jpg' if i < 6 else 'png'}" for i in range(10)]
NOTES = [f"ann/{i}.xml" for i in range(10)]


def test_names_may_lack_different_suffixes(root):
    wanted = {"suffix": [".jpg", ".png"]}
    assert find(root, file=[f"im/{i}" for i in NUMBERS]) == ("file", wanted)
    assert find(root, file=NUMBERS) == ("file", wanted | {"match": "name"})
    assert find(root, file=NUMBERS[:6]) == (
        "file",
        {"suffix": ".jpg", "match": "name"},
    )


def test_of_two_files_that_differ_in_their_suffix_alone_the_commoner_kind(root):
    for i in range(10):
        (root / f"im/{i}.bmp").write_text("a mask")
    assert find(root, file=[f"im/{i}" for i in NUMBERS])[1] == {"suffix": ".bmp"}


def test_columns_that_lead_to_images_come_before_others(root):
    assert find(root, notes=NOTES, image=[f"im/{n}" for n in NAMES]) == ("image", {})
    assert find(root, notes=NOTES, image=NAMES) == ("image", {"match": "name"})
    assert find(root, notes=NOTES) == ("notes", {})


@pytest.mark.parametrize("column", ["im/0.jpg", "im/gone.JPG"])
def test_a_first_line_that_is_a_row_is_refused(root, column):
    columns = {column: [f"im/{n}" for n in NAMES], "cat": ["dog"] * 10}
    with pytest.raises(SourceError, match=f"first line.*: {column}, cat, where"):
        find(root, **columns)
    with pytest.raises(SourceError, match="first line.*: 0, cat, where '0'"):
        find(root, **{"0": NUMBERS[1:], "cat": ["dog"] * 9})


def test_why_no_file_is_found_is_said(root):
    (root / "other").mkdir()
    for name in NAMES:
        (root / "other" / name).write_text("x")
    several = r"several files have this name: im/0\.jpg, other/0\.jpg"
    with pytest.raises(SourceError, match=f"- `file`, such as '0.jpg': {several}"):
        find(root, file=NAMES)
    with pytest.raises(SourceError, match=f"- `file`, such as '0': {several}"):
        find(root, file=NUMBERS)
    with pytest.raises(SourceError, match="'../0.jpg': lies outside of the folder"):
        find(root, file=[f"../{name}" for name in NAMES])


@pytest.mark.parametrize("front", ["/home/ann/photos", "C:/data/photos", "s3://b", "/"])
def test_what_paths_have_too_much_in_front_is_found(root, front):
    (root / "7.png").write_text("x")  # by the whole path it is im/7.png
    whole = [f"{front.rstrip('/')}/im/{name}" for name in NAMES]
    assert find(root, file=whole) == ("file", {"strip_prefix": front})
    backslashes = [path.replace("/", "\\") for path in whole]
    assert find(root, file=backslashes) == ("file", {"strip_prefix": front})
    without = [path.rpartition(".")[0] for path in whole]
    assert find(root, file=without) == (
        "file",
        {"strip_prefix": front, "suffix": [".jpg", ".png"]},
    )


def test_folders_above_paths_of_another_machine_are_no_root(root):
    here = [str(root / "im" / name) for name in NAMES]
    assert common_root(here) == root / "im"
    assert common_root([f"{root}/gone/a/1.png", f"{root}/gone/b/1.png"]) is None
    assert common_root(["/nowhere/1.png", "/elsewhere/1.png"]) is None


def test_links_out_are_offered(root, tmp_path_factory):
    far = tmp_path_factory.mktemp("cache") / "blob"
    far.write_text("x")
    (root / "link").mkdir()
    for name in NAMES:
        (root / "link" / name).symlink_to(far)
    paths = [f"link/{name}" for name in NAMES]
    with pytest.raises(SourceError, match="by a link\nlinks.*--links follow"):
        find(root, file=paths)
    table = pd.DataFrame({"file": paths})
    found = find_paths(table, ["file"], root, "follow")
    assert found.parameters == {"links": "follow"}


def test_an_error_shows_a_screen_at_most(root):
    columns = {f"{i}{'c' * 10_000}": ["x" * 400_000, "y"] for i in range(30)}
    with pytest.raises(SourceError) as caught:
        find(root, **columns)
    assert len(str(caught.value)) < 4_000
