"""YAML text to values and back: the one reader and the one writer of YAML.

The values are those of JSON: text, numbers, true and false, null, lists, mappings.
Numbers are decimal, as in YAML 1.2 (`1e-3` is one; `010` and `1:30` are not what
YAML 1.1 takes them for); dates and `=` are text. Tags are refused.

What is read may come from anybody. Aliases and merges (`<<`) can make gigabytes of a
few lines, so a file is measured as if they were written out, before anything is made
of it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import yaml

from kpoc.ground.schema import SchemaError
from kpoc.ground.text import shown

MOST_VALUES = 50_000
"""Of a file: its lists, mappings, keys and single values, aliases written out."""
MOST_CHARACTERS = 1 << 20
"""Of all single values of a file, aliases written out."""
DEEPEST = 50
"""Lists and mappings that may stand in one another."""
LONGEST_NUMBER = 100
"""Characters of a number."""
# more than what is read within the limits above takes when it is written again
_LONGEST_TEXT = 4 * MOST_CHARACTERS

_INT, _FLOAT, _MERGE = (
    f"tag:yaml.org,2002:{name}" for name in ("int", "float", "merge")
)
_OTHER = {_INT, _FLOAT, *(f"tag:yaml.org,2002:{n}" for n in ("timestamp", "value"))}


_WORDS = re.compile(r"[^\W\d][\w./-]*( [\w./-]+)*")


class _Loader(yaml.SafeLoader):
    """SafeLoader without tags, within limits, that refuses odd keys and those twice."""

    yaml_implicit_resolvers = {
        first: [one for one in resolvers if one[0] not in _OTHER]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }

    def __init__(self, text: str):
        super().__init__(text)
        self._sizes: dict[int, _Size] = {}
        self._open = self._values = 0

    def compose_node(self, parent, index):
        event = self.peek_event()
        line = event.start_mark.line + 1
        if getattr(event, "tag", None) is not None:
            raise SchemaError(
                f"a value must have no tag. Received: {shown(event.tag)} in line {line}"
            )
        self._open += 1
        self._values += 1
        # at once: what is measured has been composed
        _check(_Size(self._values, 0, self._open - 1), line)
        node = super().compose_node(parent, index)
        self._open -= 1
        if id(node) not in self._sizes:
            # of one inside of itself nothing is known when its alias is met
            if isinstance(event, yaml.AliasEvent):
                raise SchemaError(
                    "an alias must not stand inside of what it names. Received: "
                    f"{shown(event.anchor)} in line {line}"
                )
            self._sizes[id(node)] = self._measured(node, line)
        return node

    def _measured(self, node: yaml.Node, line: int) -> _Size:
        if isinstance(node, yaml.ScalarNode):
            if node.tag in (_INT, _FLOAT) and len(node.value) > LONGEST_NUMBER:
                raise SchemaError(
                    f"a number must have at most {LONGEST_NUMBER} characters. "
                    f"Received: {len(node.value):,} in line {line}"
                )
            size = _Size(1, len(node.value), 0)
        else:
            inner = [
                self._sizes[id(one)]
                for item in node.value
                for one in (item if isinstance(item, tuple) else (item,))
            ]
            size = _Size.around(inner)
        _check(size, line)
        return size

    def construct_mapping(self, node, deep=False):
        seen = set()
        for key_node, _ in node.value:
            if key_node.tag == _MERGE:
                continue
            line = key_node.start_mark.line + 1
            if not isinstance(key_node, yaml.ScalarNode):
                raise SchemaError(
                    "a key must be a single value. Received: a list or a mapping for "
                    f"one in line {line}"
                )
            key = self.construct_object(key_node, deep=True)
            if key in seen:
                raise SchemaError(
                    f"`{key}` must be given once. Received: it twice, the second time "
                    f"in line {line}"
                )
            seen.add(key)
        return super().construct_mapping(node, deep)


class _Size:
    """How much a node is with its aliases written out."""

    def __init__(self, values: int, characters: int, depth: int):
        self.values, self.characters, self.depth = values, characters, depth

    @classmethod
    def around(cls, inner: Sequence[_Size]) -> _Size:
        return cls(
            1 + sum(one.values for one in inner),
            sum(one.characters for one in inner),
            1 + max((one.depth for one in inner), default=0),
        )


def _check(size: _Size, line: int) -> None:
    for found, most, what in (
        (size.values, MOST_VALUES, "values"),
        (size.characters, MOST_CHARACTERS, "characters"),
        (size.depth, DEEPEST, "lists and mappings in one another"),
    ):
        if found > most:
            raise SchemaError(
                f"a file must hold at most {most:,} {what}, with its aliases written "
                f"out. Received: more in line {line}"
            )


for _tag, _pattern, _first in (
    (_INT, r"[-+]?(0|[1-9][0-9_]*)", "-+0123456789"),
    (
        _FLOAT,
        r"[-+]?(\d[\d_]*\.\d*([eE][-+]?\d+)?|\.\d+([eE][-+]?\d+)?|\d+[eE][-+]?\d+)"
        r"|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)",
        "-+0123456789.",
    ),
):
    _Loader.add_implicit_resolver(_tag, re.compile(f"^({_pattern})$"), list(_first))


class _Dumper(yaml.SafeDumper):
    """SafeDumper that quotes what any reader, of YAML 1.1 or 1.2, takes for no text."""

    yaml_implicit_resolvers = {
        first: [
            *yaml.SafeDumper.yaml_implicit_resolvers.get(first, []),
            *_Loader.yaml_implicit_resolvers.get(first, []),
        ]
        for first in {
            *yaml.SafeDumper.yaml_implicit_resolvers,
            *_Loader.yaml_implicit_resolvers,
        }
    }

    def ignore_aliases(self, data):
        return True


def _represent_text(dumper: _Dumper, text: str) -> yaml.Node:
    # in the other styles PyYAML loses some line ends and blanks
    style = None if text.isprintable() else '"'
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _represent_text)


def parse_yaml(text: str, source: str) -> object:
    """Parses YAML text.

    Args:
        text: The text.
        source: What errors call it.

    Raises:
        SchemaError: No YAML, or more than is read.

    Example:
        >>> parse_yaml("{rate: 1e-3, breeds: [cat, '12E5']}", "the example")
        {'rate': 0.001, 'breeds': ['cat', '12E5']}
    """
    if len(text) > _LONGEST_TEXT:
        raise SchemaError(
            f"{source} must have at most {_LONGEST_TEXT:,} characters. Received: more"
        )
    try:
        return yaml.load(text, _Loader)  # noqa: S506 (a SafeLoader)
    except (yaml.YAMLError, ValueError) as error:
        raise SchemaError(f"{source} is not valid YAML: {error}") from error


def read_yaml(path: Path) -> dict:
    """Reads a YAML file whose top level is a mapping.

    Raises:
        SchemaError: It is none, no text in UTF-8, or more than is read.
        OSError: It cannot be read.
    """
    with open(path, "rb") as file:
        # what never ends is not read whole
        content = file.read(_LONGEST_TEXT + 1)
    if len(content) > _LONGEST_TEXT:
        raise SchemaError(
            f"{path} must have at most {_LONGEST_TEXT:,} bytes. Received: more"
        )
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise SchemaError(
            f"{path} must be text in UTF-8. Received: byte "
            f"0x{error.object[error.start]:02x} in line {line}"
        ) from error
    value = parse_yaml(text, str(path))
    if not isinstance(value, dict):
        raise SchemaError(
            f"{path} must hold a mapping of keys to values. "
            f"Received: {type(value).__name__}"
        )
    return value


def write_yaml(value: Mapping | Sequence, width: int = 80) -> str:
    """Plain values as YAML, a key a line, in the order they have.

    `parse_yaml` reads back the same, whatever text there is.

    Args:
        value: A mapping or a list of plain JSON values.
        width: Where lines of text are broken.

    Example:
        >>> print(write_yaml({"breeds": ["cat", "12E5", "no"]}), end="")
        breeds:
        - cat
        - '12E5'
        - 'no'
    """
    return yaml.dump(
        value, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=width
    )


def scalar(value: object) -> str:
    """A single value; text stands in quotes where YAML would read something else.

    Example:
        >>> [scalar(value) for value in ("cat", "no", "1e3", 2.0, None)]
        ['cat', '"no"', '"1e3"', '2.0', 'null']
    """
    if isinstance(value, str):
        if _WORDS.fullmatch(value) and parse_yaml(value, "text") == value:
            return value
        quoted = json.dumps(value, ensure_ascii=False)
        return "".join(c if c.isprintable() else f"\\U{ord(c):08x}" for c in quoted)
    return json.dumps(value)
