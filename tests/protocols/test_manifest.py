import hashlib
import json
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from kpoc.protocols.manifest import Manifest, ManifestError

META = {
    "protocol": "toy",
    "synthetic": True,
    "columns": {
        "age": {"classes": None, "range": [1.0, 80.0]},
        "kind": {"classes": ["Ring", "Plain"], "range": None},
        "group": {"classes": None, "range": None},
    },
    "reported": [{"name": "<b>.png", "reason": "no"}],
}


def table(n=12):
    return pd.DataFrame(
        {
            "id": [f"{i:03d}.png" for i in range(n)],
            "path": [f"x/{i:03d}.png" for i in range(n)],
            "split": (["train"] * 3 + ["validation", "test"] * n)[:n],
            "stratum": "",
            "sha256": [f"{i:064x}" for i in range(n)],
            "age": np.linspace(1, 80, n),
            "kind": (["Ring", "Plain"] * n)[:n],
            "group": "g",
        }
    )


def broken(change):
    frame = table()
    change(frame)
    with pytest.raises(ManifestError) as caught:
        Manifest(frame, META).validate()
    return caught.value.problems


def test_round_trip(tmp_path):
    manifest = Manifest(table(), META).validate()
    path = tmp_path / "deep" / "manifest.parquet"
    manifest.save(path)
    again = Manifest.load(path)
    pd.testing.assert_frame_equal(again.table, manifest.table)
    assert again.meta == META | {"digest": manifest.digest, "counts": manifest.counts}
    assert [p.name for p in path.parent.iterdir()] == ["manifest.parquet"]


def test_digest_from_its_definition():
    manifest = Manifest(table(2), META)
    text = '["id", "split", "age", "group", "kind"]\n'
    text += '["000.png", "train", 1.0, "g", "Ring"]\n'
    text += '["001.png", "train", 80.0, "g", "Plain"]'
    assert manifest.digest == hashlib.sha256(text.encode()).hexdigest()


def test_digest_ignores_order_and_place_but_not_content():
    frame = table()
    digest = Manifest(frame).digest
    assert Manifest(frame.sample(frac=1, random_state=1)).digest == digest
    assert Manifest(frame[frame.columns[::-1]]).digest == digest
    assert Manifest(frame.assign(path="elsewhere", sha256="")).digest == digest
    for column, value in (("id", "n"), ("split", "test"), ("age", 3.0), ("kind", "?")):
        other = frame.copy()
        other.loc[0, column] = value
        assert Manifest(other).digest != digest, column


def test_load_refuses_what_was_changed_or_is_foreign(tmp_path):
    import pyarrow.parquet as pq

    path = tmp_path / "m.parquet"
    Manifest(table(), META).save(path)
    changed = pq.read_table(path)
    meta = changed.schema.metadata
    swapped = changed.to_pandas().assign(kind="Ring")
    changed = changed.from_pandas(swapped).replace_schema_metadata(meta)
    pq.write_table(changed, path)
    with pytest.raises(ManifestError, match="must hold the rows of digest"):
        Manifest.load(path)
    for column in ("path", "sha256"):
        Manifest(table(), META).save(path)
        kept = pq.read_table(path)
        swapped = kept.to_pandas()
        swapped.loc[0, column] = ""
        changed = kept.from_pandas(swapped)
        pq.write_table(changed.replace_schema_metadata(kept.schema.metadata), path)
        with pytest.raises(ManifestError, match="must name the files of digest"):
            Manifest.load(path)
    # one that was written before this was noted
    known = json.loads(meta[b"kpoc"])
    del known["files_digest"]
    older = changed.replace_schema_metadata({b"kpoc": json.dumps(known).encode()})
    pq.write_table(older, path)
    assert Manifest.load(path).table.loc[0, "sha256"] == ""
    table().to_parquet(path)
    with pytest.raises(ManifestError, match="written by kpoc"):
        Manifest.load(path)
    path.write_text("id,path")
    with pytest.raises(ManifestError, match="Parquet"):
        Manifest.load(path)


def test_a_failed_write_keeps_the_old_file(tmp_path):
    path = tmp_path / "m.parquet"
    Manifest(table(), META).save(path)
    before = path.read_bytes()
    with pytest.raises(TypeError):
        Manifest(table(), {"x": object()}).save(path)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_rows_counts_and_paths():
    manifest = Manifest(table(), META | {"root": "/data"})
    assert manifest.counts == {"train": 3, "validation": 5, "test": 4}
    assert len(manifest) == 12
    test = manifest.rows("test")
    assert test.index.tolist() == [0, 1, 2, 3]
    assert set(test["split"]) == {"test"}
    assert manifest.paths("train")[2].as_posix() == "/data/x/002.png"
    assert len(manifest.paths()) == 12
    assert list(manifest.path_texts()) == [str(path) for path in manifest.paths()]
    texts = manifest.path_texts("train")
    assert [texts[i] for i in range(3)] == list(texts)
    assert (len(texts), texts[-1]) == (3, "/data/x/002.png")
    assert manifest.column("test", "id").equals(test["id"])
    with pytest.raises(ValueError, match="`split` must be one of"):
        manifest.rows("dev")
    with pytest.raises(ValueError, match="`split` must be one of"):
        manifest.column("dev", "id")
    with pytest.raises(ValueError, match="root"):
        Manifest(table(), META).paths()


def test_without_reports_and_renews():
    manifest = Manifest(table(), META)
    rest = manifest.without({"004.png": "empty file"})
    assert rest.counts == {"train": 3, "validation": 5, "test": 3}
    assert rest.meta["reported"][-1] == {"name": "004.png", "reason": "empty file"}
    assert rest.meta["digest"] == rest.digest != manifest.digest
    assert len(manifest) == 12 and len(manifest.meta["reported"]) == 1


def test_empty():
    with pytest.raises(ManifestError, match="empty manifest"):
        Manifest(table(0), META).validate()


def test_missing_columns_are_all_named():
    frame = table().drop(columns=["kind", "sha256"])
    with pytest.raises(ManifestError) as caught:
        Manifest(frame, META).validate(groups=["tribe"])
    assert [p.split("`")[1] for p in caught.value.problems] == [
        "sha256",
        "kind",
        "tribe",
    ]


@pytest.mark.parametrize("column", ["id", "path"])
def test_duplicates(column):
    problems = broken(lambda f: f.__setitem__(column, f[column].iloc[0]))
    assert len(problems) == 1 and f"`{column}` must be unique" in problems[0]
    assert "000.png" in problems[0]


@pytest.mark.parametrize("path", ["/etc/passwd", "../x.png", "a/../../x.png"])
def test_paths_stay_inside(path):
    (problem,) = broken(lambda f: f.loc.__setitem__((0, "path"), path))
    assert "inside the root" in problem and path in problem


def test_values():
    def change(frame):
        frame.loc[0, "age"] = np.nan
        frame.loc[1, "age"] = 81.0
        frame.loc[2, "age"] = np.inf
        frame.loc[3, "kind"] = "ring"
        frame.loc[4, "group"] = None

    problems = broken(change)
    assert problems == [
        "`age` must not be missing. Received: 1 rows: 000.png",
        "`age` must be in 1..80. Received: 2 rows: 001.png (81.0), 002.png (inf)",
        "`kind` must be one of Ring, Plain. Received: 1 rows: 003.png (ring)",
        "`group` must not be missing. Received: 1 rows: 004.png",
    ]


def test_numbers_must_be_numbers():
    (problem,) = broken(lambda f: f.__setitem__("age", f["age"].astype(str)))
    assert "`age` must hold numbers" in problem


def test_same_image_in_two_splits():
    def change(frame):
        frame.loc[[0, 4], "sha256"] = "aa"  # train and test
        frame.loc[[1, 2], "sha256"] = "bb"  # both in train

    (problem,) = broken(change)
    assert "in one split only" in problem
    assert "000.png (train), 004.png (test)" in problem and "001.png" not in problem


def test_splits():
    (problem,) = broken(lambda f: f.loc.__setitem__((0, "split"), "dev"))
    assert "`split` must be one of" in problem and "000.png" in problem
    (problem,) = broken(lambda f: f.__setitem__("split", "train"))
    assert problem.endswith("none in validation, test")


def test_ten_rows_are_shown_and_the_rest_counted():
    frame = table(40).assign(kind="odd")
    with pytest.raises(ManifestError) as caught:
        Manifest(frame, META).validate()
    (problem,) = caught.value.problems
    assert problem.count(".png") == 10 and "and 30 more" in problem


def test_targets_of_a_recipe():
    target = SimpleNamespace(
        kind="binary", classes=["Ring", "Plain", "New"], range=None
    )
    age = SimpleNamespace(kind="regression", classes=None, range=[1, 70])
    with pytest.raises(ManifestError) as caught:
        Manifest(table(), META).validate({"kind": target, "age": age})
    assert [p.split(". Received")[0] for p in caught.value.problems] == [
        "`age` must be in 1..70",
        "every class of `kind` must have train rows",
    ]
    assert "none of New" in caught.value.problems[1]


def test_meta_is_plain_json(tmp_path):
    import pyarrow.parquet as pq

    Manifest(table(), META).save(tmp_path / "m.parquet")
    raw = pq.read_schema(tmp_path / "m.parquet").metadata[b"kpoc"]
    assert json.loads(raw)["reported"][0]["name"] == "<b>.png"


@pytest.mark.parametrize(
    "change",
    [
        lambda file, meta: (file.drop_columns(["split"]), meta),
        lambda file, meta: (file.append_column("id", file["id"]), meta),
        lambda file, meta: (file, meta | {b"kpoc": b"[]"}),
        lambda file, meta: (file, meta | {b"kpoc": b"\xff"}),
        lambda file, meta: (file, meta | {b"kpoc": b'{"columns": {}}'}),
        lambda file, meta: (file, meta | {b"kpoc": b'{"digest": "a", "columns": [1]}'}),
        lambda file, meta: (file, meta | {b"pandas": b"["}),
        lambda file, meta: (file, meta | {b"pandas": b'{"index_columns": ["x"]}'}),
    ],
)
def test_load_refuses_odd_files_by_name(tmp_path, change):
    import pyarrow.parquet as pq

    path = tmp_path / "m.parquet"
    Manifest(table(), META).save(path)
    file = pq.read_table(path)
    changed, meta = change(file, dict(file.schema.metadata))
    pq.write_table(changed.replace_schema_metadata(meta), path)
    with pytest.raises(ManifestError, match=r"m\.parquet"):
        Manifest.load(path)
