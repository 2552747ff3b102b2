"""One reader and one writer of YAML, for text that may come from anybody."""

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from kpoc.ground.schema import SchemaError
from kpoc.ground.yaml_values import MOST_CHARACTERS, parse_yaml, read_yaml, write_yaml
from kpoc.recipe import load_recipe

ODD = ["12E5", "0e01", "1_000", "0o17", "0x1f", "017", "1:30", "=", "<<", ".inf"]
ODD += ["yes", "no", "Off", "null", "~", "", "2024-01-01", "1e5", "+1", "0.", "a: b"]
ODD += [
    ".nan",
    " a",
    "a ",
    "\ta",
    "a\n",
    "\n a\n b",
    "a\x85b",
    "\u2028",
    "\ufeffa",
    "\0",
]
ODD += ["\x1b[31m", "\u202ea", "a #b", "- a", "? a", "!a", "&a", "*a", "---", "'", "🐱"]
TEXTS = st.one_of(
    st.sampled_from(ODD),
    st.text(max_size=30),
    st.lists(st.sampled_from([" ", "\n", "a", "\x85", "'", '"', ":", "#", "é"])).map(
        "".join
    ),
)
VALUES = st.recursive(
    st.one_of(TEXTS, st.integers(), st.floats(allow_nan=False), st.booleans()),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4), st.dictionaries(TEXTS, inner, max_size=3)
    ),
    max_leaves=6,
)


@settings(max_examples=150, deadline=None)
@given(
    content=st.dictionaries(TEXTS, VALUES, max_size=3), width=st.sampled_from([20, 80])
)
def test_what_is_written_is_read_back(content, width):
    assert parse_yaml(write_yaml(content, width), "it") == content


@pytest.mark.parametrize("text", ODD)
def test_readers_of_yaml_1_1_take_text_for_text_too(text):
    assert yaml.safe_load(write_yaml({"classes": [text, text]})) == {
        "classes": [text, text]
    }


def test_a_run_keeps_classes_whose_names_look_like_numbers(tmp_path):
    content = load_recipe("faces/baseline").to_dict()
    content["task"]["targets"]["ethnicity"]["classes"] = [
        "12E5",
        "0e01",
        "7F",
        "=",
        "no",
    ]
    recipe = load_recipe(content)
    (tmp_path / "recipe.yaml").write_text(recipe.to_yaml(), encoding="utf-8")
    again = load_recipe(tmp_path / "recipe.yaml")
    assert again == recipe and again.key() == recipe.key()


def _levels(line):
    """Lines of which each holds nine times what the one before it does."""
    return "a0: &a0 {k: 1}\n" + "\n".join(
        f"a{i}: &a{i} {line.format(','.join([f'*a{i - 1}'] * 9))}" for i in range(1, 12)
    )


@pytest.mark.parametrize(
    ("text", "part"),
    [
        (_levels("[{}]"), "50,000 values"),
        (_levels("{{<<: [{}]}}"), "50,000 values"),
        ("a: &a " + "x" * 9_000 + "\nb: [" + "*a," * 200 + "]", "1,048,576 characters"),
        ("[" * 3_000, "in one another"),
        ("- " * 3_000, "in one another"),
        (
            "a0: &a0 [1]\n"
            + "\n".join(f"a{i}: &a{i} [*a{i - 1}]" for i in range(1, 99)),
            "in one another",
        ),
        ("a: &a [*a]", "inside of what it names"),
        ("seed: " + "1" * 5_000, "a number must have"),
        ("rate: 1e" + "1" * 5_000, "a number must have"),
        ("a: !!python/object/apply:os.system [x]", "no tag"),
        ("a: !!bool x", "no tag"),
        ("a: !!binary x", "no tag"),
        ("a: \0", "not valid YAML"),
        (" " * (4 * MOST_CHARACTERS + 1), "characters"),
    ],
    ids=lambda value: value[:20],
)
def test_what_would_take_much_is_refused_before_anything_is_made(text, part):
    with pytest.raises(SchemaError) as error:
        parse_yaml(text, "the file")
    assert part in str(error.value) and len(str(error.value)) < 400


def test_a_file_without_end_is_not_read_whole():
    with pytest.raises(SchemaError, match="at most 4,194,304 bytes"):
        read_yaml("/dev/zero")
