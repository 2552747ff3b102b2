from hypothesis import given, settings
from hypothesis import strategies as st

from kpoc.data_init.yaml_text import WIDTH, block, comment, flow, scalar
from kpoc.ground.yaml_values import parse_yaml

TEXTS = st.one_of(
    st.text(max_size=12),
    st.sampled_from(
        ["no", "on", "1e3", "0x1f", "1_000", "null", "~", "a: b", "a #b", "2020-01-01"]
        + ["- a", "[a", "{a}", "a, b", "'a", '"a"', "%a", "@a", "!a", "&a", "*a", "é ü"]
        + [" a ", "", "007", "1:30", "a\\b", "=", "<<", ".inf", "a:", "?", "猫", "🐱"]
    ),
)
VALUES = st.recursive(
    st.one_of(
        TEXTS,
        st.integers(-(10**6), 10**6),
        st.floats(-1e6, 1e6).filter(lambda x: "e" not in repr(x)),
        st.booleans(),
        st.none(),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=8), st.dictionaries(TEXTS, inner, max_size=3)
    ),
    max_leaves=8,
)


@settings(max_examples=100, deadline=None)
@given(content=st.dictionaries(TEXTS, VALUES, min_size=1, max_size=3))
def test_what_is_written_is_read_back(content):
    text = "\n".join(block(content))
    assert parse_yaml(text, "text") == content


def test_long_lists_go_on_in_the_next_line():
    names = [f"class {i}" for i in range(60)]
    lines = flow("  columns: ", {"classes": names})
    assert len(lines) > 5 and max(map(len, lines)) <= WIDTH
    assert all(line.startswith("      class") for line in lines[1:])
    assert parse_yaml("\n".join(lines), "")["columns"]["classes"] == names


def test_plain_words_need_no_quotes():
    assert scalar("Great Dane") == "Great Dane" and scalar("a/b.yaml") == "a/b.yaml"
    assert scalar("no") == '"no"' and scalar("12") == '"12"'


def test_comments_are_broken_between_words():
    lines = comment("word " * 40, indent=4)
    assert all(line.startswith("    # word") and len(line) <= WIDTH for line in lines)
