import hashlib

import cv2
import numpy as np
import pytest

from kpoc.ground.schema import SchemaError, validate
from kpoc.sources.kinds.portraits import Portraits, labels
from kpoc.sources.kinds.portraits_canvas import (
    Canvas,
    any_of,
    arc,
    blend,
    both,
    box,
    ellipse,
    line,
)
from kpoc.sources.kinds.portraits_chance import Chance
from kpoc.sources.kinds.portraits_drawing import KINDS, TRIBES, Portrait


@pytest.fixture(scope="module")
def drawn(tmp_path_factory):
    cache = tmp_path_factory.mktemp("cache")
    return cache, Portraits(count=24, size=32).read(None, cache)


def test_labels():
    frame = labels(20_000, seed=0)
    assert frame["age"].between(1, 80).all() and (frame["age"] % 1 == 0).all()
    assert frame["age"].nunique() == 80
    kinds = frame["kind"].value_counts(normalize=True)
    assert set(kinds.index) == set(KINDS) and abs(kinds["Round"] - 0.5) < 0.02
    tribes = frame["tribe"].value_counts(normalize=True)
    assert set(tribes.index) == set(TRIBES)
    assert abs(tribes["Cedar"] - 0.34) < 0.02 and abs(tribes["Maple"] - 0.22) < 0.02
    assert abs(np.corrcoef(frame["age"], frame["tribe"] == "Maple")[0, 1]) < 0.03


def test_a_row_depends_on_its_own_number_only():
    assert labels(50, 1).equals(labels(90, 1)[:50])
    assert not labels(50, 1)["age"].equals(labels(50, 2)["age"])


def test_listing(drawn):
    _, listing = drawn
    assert listing.reported == [] and len(listing.frame) == 24
    for path, sha256 in zip(
        listing.frame["path"], listing.frame["sha256"], strict=True
    ):
        data = (listing.root / path).read_bytes()
        assert hashlib.sha256(data).hexdigest() == sha256
        image = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
        assert image.shape == (32, 32, 3) and image.dtype == np.uint8
        assert image.std() > 10
    assert listing.frame["sha256"].is_unique


def test_drawn_once_and_again_when_spoilt(drawn, tmp_path, capsys):
    cache, listing = drawn
    capsys.readouterr()
    assert Portraits(count=24, size=32).read(None, cache).frame.equals(listing.frame)
    assert capsys.readouterr().err == ""
    elsewhere = Portraits(count=24, size=32).read(None, tmp_path)
    assert capsys.readouterr().err == "Drawing portraits: 24 of 24\n"
    assert elsewhere.frame.equals(listing.frame)
    (elsewhere.root / "portrait-00003.png").write_bytes(b"spoilt")
    assert Portraits(count=24, size=32).read(None, tmp_path).frame.equals(listing.frame)
    (elsewhere.root / "portrait-00003.png").unlink()
    assert Portraits(count=24, size=32).read(None, tmp_path).frame.equals(listing.frame)
    assert len(list((tmp_path / "portraits").iterdir())) == 1


def test_more_portraits_leave_the_first_ones(drawn):
    cache, listing = drawn
    more = Portraits(count=30, size=32).read(None, cache).frame
    assert more[:24].equals(listing.frame)


def test_an_interruption_leaves_nothing(tmp_path, monkeypatch):
    import kpoc.sources.kinds.portraits as module

    class Interrupted(Portrait):
        def draw(self, size=64):
            raise KeyboardInterrupt

    monkeypatch.setattr(module, "Portrait", Interrupted)
    with pytest.raises(KeyboardInterrupt):
        Portraits(count=2, size=32).read(None, tmp_path)
    assert list((tmp_path / "portraits").iterdir()) == []


def test_the_same_pixels_wherever_it_is_drawn():
    pixels = [
        Portrait(5.0 + 12 * i, KINDS[i % 2], TRIBES[i % 4], Chance(0, i)).draw(64)
        for i in range(6)
    ]
    assert hashlib.sha256(np.stack(pixels).tobytes()).hexdigest() == PIXELS


# When this changes, the pictures do: raise `DRAWING` in portraits.py.
PIXELS = "eae05e4c3bbffafea38b4076da8ebcecfe976d824872d06633e4e3ad1c17fe20"


def test_labels_change_what_is_drawn():
    def draw(age=40.0, kind="Round", tribe="Cedar", index=0):
        return Portrait(age, kind, tribe, Chance(0, index)).draw(64).astype(float)

    base = draw()
    assert np.array_equal(base, draw())
    others = [draw(age=5.0), draw(age=75.0), draw(kind="Angular")]
    others += [draw(tribe=tribe) for tribe in TRIBES[1:]]
    for other in others:
        # a hundredth of the pixels and more, by far more than noise
        assert (np.abs(other - base).max(axis=2) > 15).mean() > 0.01
    assert np.abs(draw(index=1) - base).mean() > 5


def test_chance():
    chances = [Chance(0, i) for i in range(4_000)]
    bells = np.array([c.bell("x") for c in chances])
    assert abs(bells.mean()) < 0.06 and abs(bells.std() - 1) < 0.04
    others = np.array([c.bell("y") for c in chances])
    assert abs(np.corrcoef(bells, others)[0, 1]) < 0.06
    grain = np.stack([c.grain(15) for c in chances[:50]])
    assert grain.shape == (50, 15, 15)
    assert abs(grain.mean()) < 0.03 and abs(grain.std() - 1) < 0.03


def covered(shape, size=256):
    """Area that a shape covers, in the units of the head (scale 1, no turn)."""
    canvas = Canvas(size, x=0.0, y=0.0, scale=1.0, tilt=0.0)
    canvas.paint(shape, (1.0, 1.0, 1.0))
    return canvas.pixels[0].sum() * (2.0 / size) ** 2


@pytest.mark.parametrize(
    ("shape", "area"),
    [
        (ellipse(0.1, 0.0, 0.5, 0.3), np.pi * 0.5 * 0.3),
        (ellipse(0.0, 0.0, 0.5, 0.3, tilt=0.7), np.pi * 0.5 * 0.3),
        (box(0.0, 0.1, 0.4, 0.3, 0.1), 0.8 * 0.6 - (4 - np.pi) * 0.01),
        (line(-0.3, -0.4, 0.3, 0.4, 0.1), 1.0 * 0.2 + np.pi * 0.01),
        (arc(0.0, 0.0, 0.5, 0.0, 0.1), 1.0 * 0.2 + np.pi * 0.01),
        (both(box(0, 0, 0.4, 0.4, 0), box(0.4, 0, 0.4, 0.4, 0)), 0.4 * 0.8),
        (any_of(box(0, 0, 0.2, 0.4, 0), box(0.4, 0, 0.2, 0.4, 0)), 0.8 * 0.8),
        (blend(line(0, 0, 0, 0, 0.2), line(0, 0, 0, 0, 0.4), 0.5), np.pi * 0.09),
    ],
)
def test_areas(shape, area):
    assert covered(shape) == pytest.approx(area, rel=0.01)


def test_reach_saves_time_and_changes_nothing():
    spot = ellipse(0.5, 0.2, 0.1, 0.05)
    with_reach, without = (Canvas(64, 0.1, -0.2, 0.7, 0.4) for _ in range(2))
    with_reach.paint(spot, (200, 100, 50), 0.8, reach=(0.5, 0.2, 0.12))
    without.paint(spot, (200, 100, 50), 0.8)
    assert without.pixels.max() > 100
    assert np.array_equal(with_reach.pixels, without.pixels)
    outside = Canvas(64, 0, 0, 1, 0)
    outside.paint(ellipse(5, 5, 0.1, 0.1), (9, 9, 9), reach=(5, 5, 0.1))
    assert not outside.pixels.any()


@pytest.mark.parametrize("wrong", [{"count": 0}, {"size": 8}, {"sede": 1}])
def test_parameters_are_checked(wrong):
    with pytest.raises(SchemaError, match=next(iter(wrong))):
        validate(Portraits, wrong, "source portraits")
