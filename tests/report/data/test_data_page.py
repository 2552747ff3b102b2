import base64
import json
import re
from html.parser import HTMLParser
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
import pytest

from kpoc.data_show.show import show_data
from kpoc.ground.hashing import file_sha256
from kpoc.pictures.decode import read_image
from kpoc.protocols.manifest import SPLITS, Manifest
from kpoc.protocols.protocol import Protocol
from kpoc.protocols.record import Recorder
from kpoc.report.data import Subject, render_data_page
from kpoc.report.data.sections.values import log_edges

LIMIT = 5_000_000


class Page(HTMLParser):
    """Keyed numbers, pictures by section and strip, texts."""

    def __init__(self, html):
        super().__init__()
        self.keyed, self.pictures, self.texts = {}, {}, []
        self.section = self.strip = None
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        if tag == "section":
            self.section = attrs.get("id")
        if tag == "ul":
            self.strip = attrs.get("aria-label")
        if tag == "img":
            place = self.pictures.setdefault((self.section, self.strip), [])
            place.append((attrs["alt"], attrs["src"]))
        if "data-key" in attrs:
            self.keyed[attrs["data-key"]] = json.loads(attrs["data-value"])

    def handle_data(self, data):
        self.texts.append(data)

    @property
    def text(self):
        return " ".join(" ".join(self.texts).split())


def pixels(uri):
    data = base64.b64decode(uri.split(";base64,")[1])
    return cv2.imdecode(np.frombuffer(data, np.uint8), 1)[..., ::-1].astype(int)


@pytest.fixture(scope="module")
def page(portraits):
    return Page(portraits.html)


@pytest.fixture(scope="module")
def face_page(faces):
    return Page(faces.html)


def test_labels_of_the_splits_are_counts_of_the_table(portraits, page):
    table, steps = portraits.manifest.table, len(portraits.manifest.meta["steps"])
    for column in ("kind", "tribe", "age_band"):
        for i, split in enumerate(SPLITS, start=steps):
            counts = table.loc[table["split"] == split, column].value_counts()
            for name, n in counts.items():
                assert page.keyed[f"labels/{column}/{i}/{name}"] == n
    assert page.keyed["labels/tribe/0/Maple"] > 3 * page.keyed["labels/tribe/3/Maple"]


def test_class_by_class_tables_are_crosstabs(portraits, page):
    frame = portraits.manifest.rows("train")
    for a, b in (("kind", "tribe"), ("kind", "age_band"), ("tribe", "age_band")):
        for (first, second), n in pd.crosstab(frame[a], frame[b]).stack().items():
            key = f"tables/train/{a}/{b}"
            found = {f"{key}/{first}/{second}", f"{key}/{second}/{first}"}
            [cell] = found & page.keyed.keys()
            assert page.keyed[cell] == n
    before = [
        v for k, v in page.keyed.items() if k.startswith("tables/before/kind/tri")
    ]
    assert sum(before) == 300 and len(before) == 8


def test_quantiles_and_ratios(portraits, page):
    for split in SPLITS:
        ages = portraits.manifest.rows(split)["age"]
        key = f"values/age/{split}"
        assert page.keyed[f"{key}/median"] == ages.median()
        assert page.keyed[f"{key}/mean"] == pytest.approx(ages.mean())
        assert page.keyed[f"{key}/95 %"] == pytest.approx(ages.quantile(0.95))
    counts = portraits.manifest.rows("train")["tribe"].value_counts()
    assert page.keyed["summary/ratio/tribe"] == counts.max() / counts.min()


def test_the_last_step_is_what_the_manifest_holds(portraits, page):
    last = len(portraits.manifest.meta["steps"]) - 1
    for split, n in portraits.manifest.counts.items():
        assert (
            page.keyed[f"steps/{last}/{split}"] == page.keyed[f"summary/{split}"] == n
        )
    removed = portraits.manifest.meta["steps"][3]["notes"]["removed"]
    assert page.keyed["steps/3/change"] == -removed


def test_samples_stand_under_their_class_and_are_their_files(portraits, page):
    rows = portraits.manifest.rows("train").set_index("id")
    strips = {
        strip: found for (s, strip), found in page.pictures.items() if s == "samples"
    }
    assert len(strips) == 2 + 4 + 4
    for strip, found in strips.items():
        column, name = strip.rsplit(" ", 1)
        column = column.lower().replace(" ", "_")
        assert 1 <= len(found) <= 8
        assert set(rows.loc[[alt for alt, _ in found], column]) == {name}
    alt, uri = strips["Tribe Maple"][0]
    original = read_image(portraits.manifest.root / rows.loc[alt, "path"])
    assert np.abs(pixels(uri) - original).mean() < 6


def test_augmented_images_are_those_of_the_recipe(portraits, page):
    strips = [found for (s, _), found in page.pictures.items() if s == "augmented"]
    assert len(strips) == 8
    rows = portraits.manifest.rows("train").set_index("id")
    for found in strips:
        assert len(found) == 8
        first = pixels(found[0][1])
        assert first.shape == (32, 32, 3)
        for _, uri in found[1:]:
            assert np.abs(pixels(uri) - first[:, ::-1]).mean() < 8
            assert np.abs(pixels(uri) - first).mean() > 8
        row = rows.loc[found[0][0].removesuffix(", as it is")]
        assert f"{row['age']:g}, {row['kind']}, {row['tribe']}" in page.text
    assert "random_flip p=1.0" in page.text


def test_the_page_loads_nothing_and_may_not(portraits):
    [guard] = re.findall(r'Content-Security-Policy" content="([^"]+)"', portraits.html)
    assert guard.startswith("default-src 'none'; style-src 'unsafe-inline'; img-src")
    sources = re.findall(r'(?:src|href)="([^"]{1,30})', portraits.html)
    assert all(source.startswith(("data:", "#")) for source in sources)
    assert "<script" not in portraits.html and len(portraits.html) < LIMIT


def test_copies_are_shown_with_their_names(face_page, faces):
    notes = faces.manifest.meta["steps"][1]["notes"]
    assert notes["contents_in_several_files"] == 2
    found = face_page.pictures["copies", "Pictures under several names"]
    assert len(found) == 2
    kept = set(faces.manifest.table["id"])
    copies = {f"51_0_0_{end}.jpg.chip.jpg" for end in ("50", "1001", "1002")}
    [one] = copies & kept
    assert f"{one} (kept)" in face_page.text
    assert all(name in face_page.text for name in copies)
    assert "52_0_1_51.jpg.chip.jpg" in face_page.text  # contradicts 3_0_1_1003


def test_what_is_left_out_and_what_cannot_be_used_is_said(face_page, faces):
    cut = [f for f in faces.manifest.table["id"] if f.endswith("_7.jpg.chip.jpg")]
    assert face_page.keyed["files/cut off"] == len(cut) == 1
    assert f"{cut[0]} cut off JPEG" in face_page.text
    assert "Images that cannot be used: 1 cut off." in face_page.text
    assert face_page.keyed["sizes/40x40"] + face_page.keyed["sizes/30x20"] == (
        len(faces.manifest) - 1
    )
    left_out = {k: v for k, v in face_page.keyed.items() if k.startswith("left_out")}
    assert sorted(left_out.values()) == [1, 2, 2]
    assert "fewer than 30 test images of White (2)" in face_page.text
    assert "Data of &lt;faces&gt;" in faces.html and "<faces>" not in faces.html


def test_images_that_are_not_among_the_rows_are_counted_where_all_can_be_used(tmp_path):
    rng = np.random.default_rng(0)
    for i in range(40):
        path = tmp_path / "photos" / "ab"[i % 2] / f"{i}.jpg"
        path.parent.mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(path), rng.integers(0, 255, (20, 20, 3), "uint8"))
    cut = tmp_path / "photos" / "a" / "0.jpg"
    cut.write_bytes(cut.read_bytes()[:200])
    (tmp_path / "photos" / "a" / "phone.heic").write_bytes(b"\0\0\0 ftypheic")
    (tmp_path / "photos" / "a" / "._1.jpg").write_bytes(b"hidden")
    protocol = {
        "name": "mine",
        "source": {"name": "folder"},
        "columns": {"label": {"classes": ["a", "b"]}},
        "steps": [
            {"name": "drop", "where": {"id": ["a/0.jpg"]}},
            {"name": "test", "rows": 2, "by": ["label"]},
            {"name": "split", "train": 0.8, "validation": 0.2, "stratify": ["label"]},
        ],
    }
    made = show_data(
        Protocol.model_validate(protocol),
        data=tmp_path / "photos",
        out=tmp_path / "out",
        cache=tmp_path,
    )
    text = Page(made.read_text("utf-8")).text
    assert (
        "Can all images be used? Yes, those left all 39 were read in full, by the "
        "decoder of training left out before: 1 not read by the source, 1 by drop"
    ) in text


def test_nothing_asked_for_is_nothing_shown(faces, face_page):
    assert not any(section == "augmented" for section, _ in face_page.pictures)
    assert "Augmented" not in face_page.text and "Synthetic" not in face_page.text


def many_classes(folder: Path) -> Manifest:
    """Twelve columns, one with 120 classes and one with markup in its names."""
    rng = np.random.default_rng(0)
    rows = 3000
    names = [f"{i}.jpg" for i in range(40)]
    for name in names:
        # smooth as photographs are: noise would not compress
        small = rng.integers(0, 255, (12, 12, 3), "uint8")
        cv2.imwrite(str(folder / name), cv2.resize(small, (96, 96)))
    hashes = [file_sha256(folder / name) for name in names]
    frame = pd.DataFrame(
        {
            "id": [f"row{i}" for i in range(rows)],
            "path": [names[i % 40] for i in range(rows)],
            "split": rng.choice(SPLITS, rows, p=[0.7, 0.1, 0.2]),
            "stratum": "",
            "sha256": [hashes[i % 40] for i in range(rows)],
            "breed": [f"breed {i % 120}" for i in range(rows)],
            "odd": rng.choice(["<b>bold</b>", "a & b", '"quoted"'], rows),
        }
        | {f"n{i}": rng.lognormal(0, 1, rows) for i in range(2)}
        | {f"c{i}": rng.choice(list("abcdefgh"), rows) for i in range(8)}
    )
    columns = {name: {"classes": None, "range": None} for name in frame.columns[5:]}
    manifest = Manifest(frame, {"columns": columns, "root": str(folder)})
    recorder = Recorder(manifest.columns)
    steps = [recorder.record(f"step {i}", {}, frame, {}) for i in range(3)]
    manifest.meta |= {"steps": steps, "protocol": "many", "reported": []}
    manifest.meta |= dict.fromkeys(("source", "seed", "citation", "licence"), "none")
    return manifest


def test_many_classes_and_columns_stay_a_small_page(tmp_path):
    html = render_data_page(Subject(many_classes(tmp_path)))
    page = Page(html)
    assert len(html) < LIMIT
    assert "<b>" not in html and "<b>bold</b>" in page.text
    assert sum(map(len, page.pictures.values())) > 200
    assert "breed 17" in page.text


@pytest.mark.parametrize(
    ("values", "edges"),
    [
        ([1, 2, 3, 4], [0.5, 1.5, 2.5, 4.5]),
        ([7], [6.5, 7.5]),
        ([0.01, 0.1, 1.0], None),
    ],
)
def test_logarithmic_bins_hold_every_value(values, edges):
    found = np.array(log_edges(np.array(values, float), bins=3))
    assert np.histogram(values, found)[0].sum() == len(values)
    assert (np.diff(found) > 0).all()
    if edges:
        assert found.tolist() == edges
        assert (
            np.histogram(np.arange(min(values), max(values) + 1), found)[0] > 0
        ).all()
    else:
        ratios = found[1:] / found[:-1]
        assert ratios == pytest.approx(ratios[0])
