import numpy as np
import pandas as pd
import pytest

from kpoc.ground.hashing import file_sha256
from kpoc.ground.schema import SchemaError, validate
from kpoc.sources.source import SOURCES, SourceError

COLUMNS = {"kind": "class", "size": "number"}


@pytest.fixture
def root(tmp_path):
    folder = tmp_path / "photos"
    for name in ("a.jpg", "b.jpg", "deep/c.jpg"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(name.encode())
    return folder


def read(root, text, name="labels.csv", written="utf-8", **parameters):
    (root / name).write_bytes(text.encode(written))
    given = {"table": name, "path": "file", "columns": COLUMNS} | parameters
    return validate(SOURCES.get("csv"), given, "csv").read(root, root)


def values(listing):
    return dict(
        zip(
            listing.frame["id"],
            listing.frame[["kind", "size"]].to_numpy().tolist(),
            strict=True,
        )
    )


THREE = "file,kind,size\na.jpg,Ring,1.5\nb.jpg,007,2\ndeep/c.jpg,NO,-3e1\n"


def test_values_are_what_was_written(root):
    listing = read(root, THREE)
    assert values(listing) == {
        "a.jpg": ["Ring", 1.5],
        "b.jpg": ["007", 2.0],
        "deep/c.jpg": ["NO", -30.0],
    }
    assert listing.frame["size"].dtype == np.float64
    hashes = [file_sha256(root / path) for path in listing.frame["path"]]
    assert listing.frame["sha256"].tolist() == hashes and listing.reported == []


def test_the_same_from_tabs_parquet_another_encoding_and_decimal_commas(root):
    wanted = read(root, THREE).frame
    semicolons = THREE.replace(",", ";").replace(".5", ",5")
    typed = pd.DataFrame(
        {
            "file": ["a.jpg", "b.jpg", "deep/c.jpg"],
            "kind": ["Ring", "007", "NO"],
            "size": [1.5, 2, -30],
        }
    )
    typed.to_parquet(root / "typed.parquet")
    others = [
        read(root, THREE.replace(",", "\t"), name="labels.tsv"),
        read(root, semicolons, separator=";", decimal=","),
        read(root, THREE, written="utf-16", encoding="utf-16", name="w.csv"),
        read(root, "\ufeff" + THREE.replace("\n", "\r\n")),
        read(root, THREE.replace("Ring", ' "Ring" '), name="spaced.csv"),
    ]
    given = {"table": "typed.parquet", "path": "file", "columns": COLUMNS}
    others.append(validate(SOURCES.get("csv"), given, "csv").read(root, root))
    for other in others:
        pd.testing.assert_frame_equal(other.frame, wanted)


def test_typed_columns_become_the_text_that_a_person_would_write(root):
    typed = pd.DataFrame(
        {
            "file": ["a.jpg", "b.jpg", "deep/c.jpg"],
            "flag": [True, False, None],
            "code": [1.0, 2.0, np.nan],
        }
    )
    typed.to_parquet(root / "t.parquet")
    given = {"table": "t.parquet", "path": "file"}
    columns = {
        name: {"kind": "class", "missing": "unknown"} for name in ("flag", "code")
    }
    source = validate(SOURCES.get("csv"), given | {"columns": columns}, "csv")
    frame = source.read(root, root).frame
    assert frame["flag"].tolist() == ["True", "False", "unknown"]
    assert frame["code"].tolist() == ["1", "2", "unknown"]


def test_paths_with_backslashes_dots_and_roots(root):
    text = f"file,kind,size\n./a.jpg,x,1\ndeep\\c.jpg,y,2\n{root}/b.jpg,z,3\n"
    assert sorted(values(read(root, text))) == ["a.jpg", "b.jpg", "deep/c.jpg"]


def test_a_backslash_may_be_part_of_a_name(root):
    (root / "x\\y.jpg").write_bytes(b"1")
    listing = read(root, "file,kind,size\nx\\y.jpg,k,1\n")
    assert listing.frame["path"].tolist() == ["x\\y.jpg"]


def test_suffixes_and_files_by_their_names(root):
    text = "file,kind,size\na,x,1\nc,y,2\n"
    listing = read(root, text, suffix=".jpg", match="name")
    assert listing.frame["path"].tolist() == ["a.jpg", "deep/c.jpg"]
    (root / "deep" / "a.jpg").write_bytes(b"2")
    with pytest.raises(SourceError, match=r"several files.*a\.jpg, deep/a\.jpg"):
        read(root, text, suffix=".jpg", match="name")


def test_of_several_suffixes_the_first_that_leads_to_a_file_counts(root):
    (root / "b.png").write_bytes(b"1")
    (root / "d.png").write_bytes(b"2")
    text = "file,kind,size\na,x,1\nb,y,2\nd,z,3\n"
    listing = read(root, text, suffix=[".jpg", ".png"])
    assert listing.frame["path"].tolist() == ["a.jpg", "b.jpg", "d.png"]
    listing = read(root, text, suffix=[".png", ".jpg"])
    assert listing.frame["path"].tolist() == ["a.jpg", "b.png", "d.png"]
    with pytest.raises(SourceError, match=r"'e\.jpg or e\.png': no such file"):
        read(root, text + "e,x,1\n", suffix=[".jpg", ".png"])
    with pytest.raises(SourceError, match=r"'a\.jpg\.jpg': no such file"):
        read(root, THREE, suffix=".jpg")


def test_columns_have_their_own_signs_and_texts_for_no_value(root):
    text = 'file,kind,size,at\na.jpg,none,1.5,"2,5"\nb.jpg,x,none,"3,5"\n'
    columns = {
        "kind": "class",
        "size": {"kind": "number", "no_value": ["none"]},
        "at": {"kind": "number", "decimal": ","},
    }
    listing = read(root, text, columns=columns)
    assert listing.frame[["kind", "size", "at"]].to_numpy().tolist() == [
        ["none", 1.5, 2.5]
    ]
    assert listing.reported == [("b.jpg", "has no `size` in the table")]


def test_all_missing_files_are_named_with_the_nearest_there_is(root):
    text = "file,kind,size\nA.JPG,x,1\na.jpg,x,1\ndeep/c.jpeg,x,1\nzzz.png,x,2\n"
    with pytest.raises(SourceError) as error:
        read(root, text)
    told = str(error.value)
    assert "3 that do not" in told
    assert "'A.JPG': no such file; there is a.jpg" in told
    assert "'deep/c.jpeg': no such file; there is deep/c.jpg" in told
    assert "'zzz.png': no such file\n" in told + "\n"
    listing = read(root, text, missing_files="left_out")
    assert listing.frame["id"].tolist() == ["a.jpg"]
    assert dict(listing.reported) == dict.fromkeys(
        ["A.JPG", "deep/c.jpeg", "zzz.png"], "no such file"
    )


def test_a_table_of_which_nothing_is_there_is_an_error_anyway(root):
    text = "file,kind,size\n" + "".join(f"x{i}.jpg,k,1\n" for i in range(30))
    with pytest.raises(SourceError, match="(?s)30 that do not.*and 20 more") as error:
        read(root, text, missing_files="left_out")
    assert "x9.jpg" in str(error.value) and "x10.jpg" not in str(error.value)


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("../out.jpg", "lies outside"),
        ("deep/../../out.jpg", "lies outside"),
        ("/etc/passwd", "lies outside"),
        ("C:\\photos\\a.jpg", "a path of Windows"),
        ("link.jpg", "leads out of the folder by a link"),
        ("linked/out.jpg", "leads out of the folder by a link"),
    ],
)
def test_paths_that_leave_the_root_are_refused_whatever_is_left_out(root, path, why):
    (root.parent / "out.jpg").write_bytes(b"1")
    (root / "link.jpg").symlink_to(root.parent / "out.jpg")
    (root / "linked").symlink_to(root.parent)
    text = f"file,kind,size\na.jpg,x,1\n{path},y,2\n"
    with pytest.raises(SourceError, match=f"in row 2: {why}"):
        read(root, text, missing_files="left_out")


def test_rows_without_a_value_are_reported_and_left_out(root):
    text = "file,kind,size\na.jpg,,1\nb.jpg,x,NA\ndeep/c.jpg,y,3\n,z,4\n"
    listing = read(root, text)
    assert values(listing) == {"deep/c.jpg": ["y", 3.0]}
    assert sorted(listing.reported) == [
        ("a.jpg", "has no `kind` in the table"),
        ("b.jpg", "has no `size` in the table"),
        ("row 4", "has no path in the table"),
    ]


def test_none_is_a_name_and_other_texts_may_say_that_there_is_nothing(root):
    text = "file,kind,size\na.jpg,None,1\nb.jpg,x,?\n"
    assert values(read(root, text, no_value=["?"])) == {"a.jpg": ["None", 1.0]}


def test_texts_among_numbers_are_refused_with_what_they_are(root):
    text = "file,kind,size\na.jpg,x,12 kg\nb.jpg,y,1,\n"
    with pytest.raises(SourceError, match=r"must hold finite numbers.*1 others.*12 kg"):
        read(root, text.replace("1,\n", "1\n"))
    with pytest.raises(SourceError, match=r"decimal sign '\.'.*'1,5'"):
        read(root, 'file,kind,size\na.jpg,x,"1,5"\n')
    with pytest.raises(SourceError, match=r"1 others, such as \['1e400'\]"):
        read(root, "file,kind,size\na.jpg,x,1e400\nb.jpg,x,1e300\n")


def test_rows_about_the_same_image(root):
    text = (
        "file,kind,size\na.jpg,x,1\n./a.jpg,x,1.0\nb.jpg,y,1\nb.jpg,y,2\n"
        "b.jpg,y,1\ndeep/c.jpg,z,3\n"
    )
    listing = read(root, text)
    assert values(listing) == {"a.jpg": ["x", 1.0], "deep/c.jpg": ["z", 3.0]}
    assert dict(listing.reported) == {
        "a.jpg, row 2": "says what another row of the table says",
        "b.jpg": "rows of the table contradict each other in `size`",
    }


def test_columns_get_other_names(root):
    columns = {"part": {"kind": "class", "column": "split"}}
    listing = read(root, "file,split\na.jpg,tr\n", columns=columns)
    assert listing.frame["part"].tolist() == ["tr"]
    with pytest.raises(SchemaError, match="none of id, path, split"):
        read(root, "file,split\na.jpg,tr\n", columns={"split": "class"})
    with pytest.raises(SchemaError, match="`missing` names a class"):
        wrong = {"size": {"kind": "number", "missing": "x"}}
        read(root, THREE, columns=wrong)


def test_a_table_outside_of_the_root(root):
    (root.parent / "labels.csv").write_text(THREE)
    for place in ("../labels.csv", str(root.parent / "labels.csv")):
        assert len(read(root, "", table=place).frame) == 3


@pytest.mark.parametrize(
    ("text", "parameters", "match"),
    [
        (
            THREE,
            {"columns": {"knd": "class"}},
            "none called `knd`: Did you mean `kind`",
        ),
        (THREE, {"separator": ";"}, "wrong `separator`.*`file`.*`kind`.*`size`"),
        (THREE, {"table": "nothing.csv"}, "must be a file that ends in .csv"),
        (THREE, {"table": "labels.xlsx"}, "must be a file that ends in .csv"),
        (THREE, {"encoding": "utf8000"}, "`encoding` must be one that Python knows"),
        ("file,kind,size\n", {}, "must have rows"),
        ("", {}, "cannot be read as a table"),
        ("file,kind,size\na.jpg,x,1\na,b,c,d,e\n", {}, "line 3"),
        ("file,kind,size\na.jpg,,1\n", {}, "rows with a file and all labels"),
    ],
)
def test_what_a_table_must_be(root, text, parameters, match):
    with pytest.raises(SourceError, match=match):
        read(root, text, **parameters)


def test_a_wrong_encoding_names_the_line(root):
    text = "file,kind,size\na.jpg,x,1\nb.jpg,Größe,2\n"
    with pytest.raises(SourceError, match=r"line 3 is not \(byte 0xf6\).*cp1252"):
        read(root, text, written="cp1252", name="old.csv")
    listing = read(root, text, written="cp1252", encoding="cp1252")
    assert listing.frame["kind"].tolist() == ["x", "Größe"]


def test_what_is_no_parquet(root):
    with pytest.raises(SourceError, match="cannot be read as Parquet"):
        read(root, "no", name="labels.parquet")


COMPOSED, APART = "Caf\u00e9/\u00fc 1.jpg", "Cafe\u0301/u\u0308 1.jpg"


@pytest.mark.parametrize(("there", "said"), [(COMPOSED, APART), (APART, COMPOSED)])
@pytest.mark.parametrize("match", ["path", "name"])
def test_accents_are_found_however_they_are_stored(root, there, said, match):
    (root / there).parent.mkdir()
    (root / there).write_bytes(b"1")
    frame = read(root, f"file,kind,size\n{said},x,1\n", match=match).frame
    assert frame["path"].tolist() == [there] and frame["id"].tolist() == [COMPOSED]


def test_accents_are_no_reason_to_guess_between_two_files(root):
    part = "Cafe\u0301/\u00fc 1.jpg"
    for name in (COMPOSED, part):
        (root / name).parent.mkdir()
        (root / name).write_bytes(name.encode())
    # what is there as it is said is taken
    assert read(root, f"file,kind,size\n{part},x,1\n").frame["path"].tolist() == [part]
    (root / COMPOSED).rename(root / APART.split("/")[0] / APART.split("/")[1])
    mixed = COMPOSED.split("/")[0] + "/" + "\u00fc\u0301".join(["", " 1.jpg"])
    with pytest.raises(SourceError, match="no such file"):
        read(root, f"file,kind,size\n{mixed},x,1\n")


def test_names_of_columns_are_composed(root):
    text = "datei f\u00fcr,kind,size\na.jpg,x,1\n"
    assert len(read(root, text, path="datei fu\u0308r").frame) == 1


FRONTS = [
    "/home/ann/photos",
    "C:\\data\\photos",
    "\\\\server\\share",
    "s3://bucket/photos",
    "file:///home/ann",
    "/",
]


@pytest.mark.parametrize("front", FRONTS)
def test_paths_of_another_machine_and_the_remedy(root, front):
    sign = "\\" if "\\" in front else "/"
    rows = ["a.jpg", "b.jpg", f"deep{sign}c.jpg"]
    lines = [f"{front.rstrip(sign)}{sign}{name},x,1" for name in rows]
    text = "\n".join(["file,kind,size", *lines, ""])
    found = read(root, text, strip_prefix=front).frame
    assert found["path"].tolist() == ["a.jpg", "b.jpg", "deep/c.jpg"]
    remedy = front.replace("\\", "/")
    with pytest.raises(SourceError) as caught:
        read(root, text)
    assert f"source `strip_prefix: {remedy}`" in str(caught.value)


def test_a_front_is_the_same_for_all_rows(root):
    (root / "c.jpg").write_bytes(b"another")
    text = "file,kind,size\n" + "".join(
        f"/far/{name},x,1\n" for name in ("a.jpg", "b.jpg", "deep/c.jpg", "deep/c.jpg")
    )
    # deep/c.jpg, the longest end that leads to a file, not c.jpg
    with pytest.raises(SourceError, match="`strip_prefix: /far`"):
        read(root, text)
    # what is stripped must not lead out either
    out = "file,kind,size\n/far/../../x.jpg,x,1\n"
    with pytest.raises(SourceError, match="lies outside of the folder"):
        read(root, out, strip_prefix="/far")


def test_links_into_a_cache_are_taken_when_that_is_asked_for(root, tmp_path):
    (tmp_path / "blob").write_bytes(b"1")
    (root / "link.jpg").symlink_to(tmp_path / "blob")
    text = "file,kind,size\nlink.jpg,x,1\n"
    with pytest.raises(SourceError, match="--links follow.*or replace them by copies"):
        read(root, text)
    for match in ("path", "name"):
        frame = read(root, text, links="follow", match=match).frame
        assert frame["path"].tolist() == ["link.jpg"]


def test_errors_show_no_more_than_a_screen_of_a_table(root):
    for text in (
        f"file,kind,size\n{'x' * 400_000},x,1\n",
        f"file,kind,size\na.jpg,x,{'9' * 400_000}x\n",
        f"file,kind,{'y' * 400_000}\na.jpg,x,1\n",
    ):
        with pytest.raises(SourceError) as caught:
            read(root, text)
        assert len(str(caught.value)) < 4_000
