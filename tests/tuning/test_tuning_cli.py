"""The command line of the search."""

import pytest

from tuning.cli import main


@pytest.mark.parametrize(
    ("words", "parts"),
    [
        (["portraits/baseline", "portraits/vit"], ["one recipe", "portraits/vit"]),
        (["portraits/basline"], ["portraits/baseline"]),
        (["portraits/baseline", "epoch=3"], ["`epoch`", "`epochs`"]),
        (["portraits/vit"], ["`space`", "portraits/baseline"]),
        (["--method", "grid", "--trials", "0"], ["`method`", "hyperband", "`trials`"]),
    ],
)
def test_what_cannot_be_searched_says_why(words, parts, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(words) == 1
    said = capsys.readouterr().err
    assert said.startswith("tuning: ")
    for part in parts:
        assert part in said
    assert not list(tmp_path.iterdir()), "nothing is left behind"


def test_help_and_unknown_options(capsys):
    with pytest.raises(SystemExit) as ended:
        main(["--help"])
    assert ended.value.code == 0 and "--trials" in capsys.readouterr().out
    with pytest.raises(SystemExit) as ended:
        main(["--trails", "3"])
    assert ended.value.code == 2 and "--trails" in capsys.readouterr().err
