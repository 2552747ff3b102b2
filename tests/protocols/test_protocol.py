import pytest
import yaml

from kpoc.ground.schema import SchemaError
from kpoc.protocols.protocol import load_protocol, protocol_names


def content():
    return {
        "name": "toy",
        "source": "portraits",
        "columns": {"age": {"range": [1, 80]}, "kind": {"classes": ["Round"]}},
        "steps": [
            {"name": "test", "rows": 2, "by": ["kind"]},
            {"name": "split", "train": 0.8, "validation": 0.2, "stratify": ["kind"]},
        ],
    }


def load(tmp_path, value):
    path = tmp_path / "toy.yaml"
    path.write_text(yaml.safe_dump(value))
    return load_protocol(path)


def test_a_minimal_one(tmp_path):
    protocol = load(tmp_path, content())
    assert protocol.seed == 0 and protocol.expect is None
    assert protocol.make_source().count == 2_560
    assert [type(s).__name__ for s in protocol.make_steps()] == ["DrawTest", "Split"]
    assert protocol.column_rules()["age"].range == [1.0, 80.0]


def test_all_that_come_with_kpoc_are_valid():
    assert {"faces", "portraits"} <= set(protocol_names())
    for name in protocol_names():
        assert load_protocol(name).name == name


def test_what_cards_say_comes_with_the_protocol(tmp_path):
    assert load(tmp_path, content()).card is None
    said = load(tmp_path, content() | {"card": {"ethics": ["Think."]}}).card
    assert said.ethics == ["Think."] and said.limits == []
    with pytest.raises(SchemaError, match="`card.ethic` .*Did you mean `ethics`"):
        load(tmp_path, content() | {"card": {"ethic": ["Think."]}})
    for name in protocol_names():
        assert all(load_protocol(name).card.model_dump().values())


def test_one_may_extend_another(tmp_path):
    (tmp_path / "base.yaml").write_text(yaml.safe_dump(content() | {"seed": 7}))
    mine = {"extends": "base.yaml", "name": "mine", "steps": content()["steps"][:1]}
    protocol = load(tmp_path, mine)
    assert (protocol.name, protocol.seed, len(protocol.steps)) == ("mine", 7, 1)
    assert protocol.columns.keys() == {"age", "kind"}
    assert load(tmp_path, {"extends": "dogs120"}).name == "dogs120"
    (tmp_path / "base.yaml").write_text("extends: toy.yaml")
    with pytest.raises(SchemaError, match="round in a circle: .*toy.*base.*toy"):
        load(tmp_path, mine)
    with pytest.raises(SchemaError, match="`extends` must be a name.*3"):
        load(tmp_path, {"extends": 3})


def test_the_dog_protocols_are_the_studys():
    expected = {"dogs13": (13, 150), "dogs28": (28, 150), "dogs120": (120, None)}
    for name, (breeds, rows) in expected.items():
        protocol = load_protocol(name)
        assert len(protocol.columns["breed"].classes) == breeds
        counts = protocol.published.counts
        if rows:
            # a quarter for the test and a quarter of the rest, halves rounded up
            test, validation = 38, 28
            assert counts["test"] == breeds * test
            assert counts["validation"] == breeds * validation
            assert sum(counts.values()) == breeds * rows
        else:
            assert sum(counts.values()) == 20_580
    assert set(load_protocol("dogs13").columns["breed"].classes) < set(
        load_protocol("dogs28").columns["breed"].classes
    )
    assert set(load_protocol("dogs28").columns["breed"].classes) < set(
        load_protocol("dogs120").columns["breed"].classes
    )
    assert load_protocol("dogs13").card == load_protocol("dogs120").card


def test_the_face_protocol_is_the_studys():
    protocol = load_protocol("faces")
    steps = [s.model_dump() for s in protocol.steps]
    assert [s["name"] for s in steps] == [
        "deduplicate",
        "drop",
        "keep",
        "band",
        "test",
        "remove",
        "split",
    ]
    assert protocol.published.counts == {
        "test": 640,
        "train": 14_670,
        "validation": 3_668,
    }
    assert steps[4]["rows"] == 10 and steps[5]["fraction"] == 0.75


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"sources": 1}, r"`sources` is not a known key. Did you mean `source`\?"),
        ({"seed": "0"}, "`seed`.*integer.*Received: '0'"),
        ({"seed": -1}, "`seed`.*greater than or equal to 0"),
        ({"steps": []}, "`steps`.*at least 1"),
        ({"source": "portrait"}, r"known source. Did you mean `portraits`"),
        (
            {"source": {"name": "portraits", "cuont": 3}},
            r"source portraits.*\n.*`cuont` is not a known key. Did you mean `count`\?",
        ),
        ({"columns": {"age": {"rnage": [1, 2]}}}, r"Did you mean `range`\?"),
        ({"columns": {"age": {"range": [2, 1]}}}, "low < high"),
        ({"columns": {"k": {"classes": ["a", "a"]}}}, "must be unique"),
        ({"columns": {"k": {"classes": ["a"], "range": [1, 2]}}}, "not both"),
        ({"expect": {"digest": "abc"}}, "`expect.digest`"),
        ({"expect": {"counts": {"dev": 3}}}, "`expect.counts.dev"),
    ],
)
def test_problems_are_named(tmp_path, change, message):
    with pytest.raises(SchemaError, match=message):
        load(tmp_path, content() | change)


def test_problems_of_all_steps_and_the_source_come_at_once(tmp_path):
    wrong = content() | {"source": {"name": "portraits", "sise": 3}}
    wrong["steps"][0]["row"] = wrong["steps"][0].pop("rows")
    wrong["steps"].append({"name": "splti"})
    with pytest.raises(SchemaError) as caught:
        load(tmp_path, wrong)
    text = str(caught.value)
    assert "Did you mean `size`?" in text
    assert "step 1 (test)" in text and "Did you mean `rows`?" in text
    assert "`row` is not a known key. Did you mean `rows`?" in text
    assert "step 3 (splti)" in text and "Did you mean `split`?" in text


def test_names_and_paths(tmp_path):
    with pytest.raises(SchemaError, match=r"Did you mean `faces`\?.*'face'"):
        load_protocol("face")
    with pytest.raises(SchemaError, match="must be a file that exists"):
        load_protocol(tmp_path / "none.yaml")
    (tmp_path / "list.yaml").write_text("- 1")
    with pytest.raises(SchemaError, match="mapping"):
        load_protocol(tmp_path / "list.yaml")


@pytest.mark.parametrize(
    ("text", "match"),
    [
        (b"name: x\nseed: {{x}}", "toy.yaml is not valid YAML: a key must be.*line 2"),
        (b"? [a]\n: 1", "a key must be a single value.*line 1"),
        (b"name: !!timestamp 2020-13-45", "toy.yaml.*tag"),
        (b"name: x\n# gr\xfc\xdfe", "toy.yaml must be text in UTF-8.*0xfc in line 2"),
    ],
)
def test_what_is_no_yaml_names_the_file(tmp_path, text, match):
    (tmp_path / "toy.yaml").write_bytes(text)
    with pytest.raises(SchemaError, match=match):
        load_protocol(tmp_path / "toy.yaml")
