"""One table for all named things: found by files, one error for each mistake."""

import sys
import textwrap

import pytest

from kpoc.ground.registry import Registry
from kpoc.ground.schema import SchemaError


@pytest.fixture
def hats(tmp_path, monkeypatch):
    """A registry of hats, whose package registers a bowler."""
    package = tmp_path / "hats"
    package.mkdir()
    (package / "__init__.py").write_text(
        "from kpoc.ground.registry import Registry\nHATS = Registry('hat', 'hats')\n"
    )
    (package / "bowler.py").write_text(
        textwrap.dedent("""
            from hats import HATS

            @HATS.register("bowler")
            class Bowler:
                pass
        """)
    )
    monkeypatch.syspath_prepend(tmp_path)
    import hats

    yield hats.HATS
    for name in ("hats", "hats.bowler"):
        sys.modules.pop(name, None)


def test_files_of_the_package_are_found_and_others_stand_beside_them(hats):
    @hats.register("top")
    def top_hat():
        """A function may be an entry too."""

    assert hats.names() == ["bowler", "top"]
    assert hats.get("bowler").__name__ == "Bowler" and hats.get("top") is top_hat


def test_an_unknown_name_says_what_was_meant(hats):
    with pytest.raises(SchemaError) as error:
        hats.get("bowlr")
    assert str(error.value) == (
        "`hat` must be a known hat. Did you mean `bowler`? Received: 'bowlr'"
    )


def test_a_taken_name_stays_with_the_package_though_it_was_not_yet_read(hats):
    with pytest.raises(ValueError, match="new among hats. .*'bowler', which hats.bowl"):
        hats.register("bowler")(type("Mine", (), {}))
    assert hats.get("bowler").__name__ == "Bowler"


def test_an_empty_registry_has_no_names(tmp_path, monkeypatch):
    (tmp_path / "no_hats").mkdir()
    (tmp_path / "no_hats" / "__init__.py").touch()
    monkeypatch.syspath_prepend(tmp_path)
    assert Registry("hat", "no_hats").names() == []
