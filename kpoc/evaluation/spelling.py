"""Ids and columns of a table of predictions, as the manifest spells them."""

from collections.abc import Mapping, Sequence

import pandas as pd

from kpoc.pictures.paths import composed

_COMPARED = 50


def spelled(
    frame: pd.DataFrame, ids: Sequence[str], columns: Sequence[str]
) -> pd.DataFrame:
    r"""The table with those ids and columns as wanted that are only written otherwise.

    The same name may be stored with composed or decomposed accents (Unicode's NFC and
    NFD), and the same path with backslashes or a `./` in front.

    Args:
        frame: A table of predictions.
        ids: Ids of the test rows.
        columns: The columns that are needed.

    Example:
        >>> table = pd.DataFrame({"id": [".\\a\\1.png"], "age": [3.0]})
        >>> spelled(table, ["a/1.png"], ["age"])["id"].tolist()
        ['a/1.png']
    """
    renamed = _matched(list(frame.columns), columns, composed)
    frame = frame.rename(columns=renamed) if renamed else frame
    if "id" in frame:
        given = frame["id"]
        written = _matched(list(dict.fromkeys(given)), ids, _plain)
        if written:
            frame = frame.assign(id=[written.get(name, name) for name in given])
    return frame


def difference(missing: Sequence[str], extra: Sequence[str]) -> str:
    """What all ids of a table have too much or lack, in words; "" if it is not seen.

    Args:
        missing: Ids of the manifest that the table has not.
        extra: Ids of the table that the manifest has not.

    Example:
        >>> difference(["a/1.png"], ["photos/a/1.png"])
        "they have 'photos/' in front, which the manifest's ids have not"
        >>> difference(["a/1.png"], ["a/1"])
        "they lack the suffix of the manifest's ids, such as '.png'"
    """
    some = [_plain(name) for name in extra[:_COMPARED]]
    wanted = [(_plain(name), name) for name in missing]
    for own, _ in wanted if some else ():
        first = some[0]
        if first.endswith(f"/{own}"):
            front = first[: -len(own)]
            if all(name.startswith(front) for name in some):
                return (
                    f"they have {front!r} in front, which the manifest's ids have not"
                )
        if own.endswith(f"/{first}"):
            front = own[: -len(first)]
            if all(front + name in dict(wanted) for name in some):
                return f"they lack {front!r} in front, which the manifest's ids have"
        if own.startswith(f"{first}.") and "/" not in own[len(first) :]:
            suffix = own[len(first) :]
            return f"they lack the suffix of the manifest's ids, such as {suffix!r}"
    names = {own.rpartition("/")[2] for own, _ in wanted}
    if some and all("/" not in name and name in names for name in some):
        return "they are names of files, where the manifest's ids are paths"
    return ""


def _plain(name: str) -> str:
    return composed(name.replace("\\", "/")).removeprefix("./")


def _matched(given: Sequence[str], wanted: Sequence[str], key) -> Mapping[str, str]:
    """By given name the wanted one, where there is one that differs in writing alone.

    Names that are wanted as they are stay, and none is given to two.
    """
    there = set(given)
    lacking = [name for name in wanted if name not in there]
    if not lacking:
        return {}
    known = set(wanted)
    free = [name for name in given if isinstance(name, str) and name not in known]
    lost, found = _by_key(lacking, key), _by_key(free, key)
    return {
        found[form][0]: names[0]
        for form, names in lost.items()
        if len(names) == 1 and len(found.get(form, ())) == 1
    }


def _by_key(names: Sequence[str], key) -> dict[str, list[str]]:
    by_key: dict[str, list[str]] = {}
    for name in names:
        by_key.setdefault(key(name), []).append(name)
    return by_key
