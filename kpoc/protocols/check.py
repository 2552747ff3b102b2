"""Whether the images of a protocol or a folder can be used, all problems at once."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from kpoc.ground.schema import nearest
from kpoc.ground.text import visible, visible_json, visible_lines
from kpoc.pictures.found_images import find_images
from kpoc.pictures.images import Finding, check_images
from kpoc.pictures.paths import LEADS_OUT, LINKS_REMEDY, Links
from kpoc.protocols.build import read_source
from kpoc.protocols.protocol import Protocol, load_protocol, protocol_names

ERRORS_SHOWN, NOTES_SHOWN = 20, 3

Progress = Callable[[str, int], Callable[[int], None]]


def no_progress(what: str, total: int) -> Callable[[int], None]:
    """Shows nothing."""
    return lambda done: None


@dataclass(frozen=True)
class Check:
    """What was found.

    Attributes:
        name: The protocol, or the folder.
        root: The folder that paths are relative to.
        findings: One an image, `path` being relative to `root`.
        passed_over: (path, reason) of files that were not looked into.
        lost: Classes, or folders, none of whose images can be used, with their number.
    """

    name: str
    root: Path
    findings: list[Finding]
    passed_over: list[tuple[str, str]]
    lost: dict[str, int] = field(default_factory=dict)

    @property
    def errors(self) -> list[Finding]:
        """The images that cannot be used."""
        return [one for one in self.findings if one.kind]

    def notes(self) -> Iterator[tuple[str, str, str]]:
        """(kind, path, words) of what is read, but converted or odd."""
        for one in self.findings:
            for kind, words in one.notes.items():
                yield kind, one.path, words


def check_data(
    place: str,
    root: str | Path | None = None,
    cache: str | Path | None = None,
    progress: Progress = no_progress,
    links: Links = "inside",
) -> Check:
    """Checks the images of a protocol's source, or all those below a folder.

    Args:
        place: A folder, the name of a protocol, or the path of its .yaml. `faces` is
            the protocol; a folder of that name is `./faces` or `faces/`.
        root: Where the data of a protocol lies; by default `$KPOC_DATA`. A folder has
            none.
        cache: Folder for what is made once, as in `build_manifest`.
        progress: Called with what is done and the number of files; gives a function
            that is called with the number of those that are done.
        links: Of a folder, which links are followed, as in
            `kpoc.pictures.paths.images_below`; a protocol says it itself.

    Raises:
        ValueError: No such protocol or folder, or its data is not there.
    """
    names = protocol_names()
    if place not in names and Path(place).is_dir():
        if root is not None:
            raise ValueError(
                "`--data` (in Python: `root`) says where the images of a protocol lie; "
                f"a folder holds its own. Received: {root}, with the folder {place}"
            )
        return check_folder(Path(place), progress, links)
    if place not in names and Path(place).suffix not in {".yaml", ".yml"}:
        raise ValueError(
            "`place` must be a folder, a protocol or the path of a .yaml file. "
            f"{nearest(place, names)} Received: {place!r}"
        )
    if links != "inside":
        raise ValueError(
            "`links` (--links) is for a folder; a protocol's source says it itself. "
            f"Received: {links!r}, with the protocol {place}"
        )
    return check_protocol(load_protocol(place), root, cache, progress)


def check_protocol(
    protocol: Protocol,
    root: str | Path | None = None,
    cache: str | Path | None = None,
    progress: Progress = no_progress,
) -> Check:
    """Checks every image that a protocol's source lists, before any step."""
    from pandas.api.types import is_numeric_dtype

    _, listing = read_source(protocol, root, cache)
    findings = _findings(listing.frame["path"], listing.root, progress)
    lost = {}
    for name in protocol.columns:
        if name in listing.frame and not is_numeric_dtype(listing.frame[name]):
            words = (f"{name} {value}" for value in listing.frame[name])
            lost |= _lost(findings, words)
    return Check(protocol.name, listing.root, findings, listing.reported, lost)


def check_folder(
    folder: Path, progress: Progress = no_progress, links: Links = "inside"
) -> Check:
    """Checks every file below a folder that is an image by its name.

    Images of formats that are not read here cannot be used either, nor, unless they are
    followed, links that lead out.
    """
    found = find_images(folder, links)
    findings = found.refused + _findings(found.names, folder, progress)
    findings.sort(key=lambda one: one.path)
    folders = (f"{one.path.rpartition('/')[0]}/" for one in findings)
    lost = {name: n for name, n in _lost(findings, folders).items() if name != "/"}
    return Check(str(folder), folder, findings, found.passed_over, lost)


def _lost(findings: Iterable[Finding], words: Iterable[str]) -> dict[str, int]:
    """What all images of which cannot be used, by a word for each image."""
    pairs = list(zip(findings, words, strict=True))
    usable = {word for one, word in pairs if not one.kind}
    return dict(Counter(word for _, word in pairs if word not in usable))


def _findings(names: Iterable[str], root: Path, progress: Progress) -> list[Finding]:
    names = list(names)
    show = progress("Checking images", len(names))
    found = check_images((root / name for name in names), progress=show)
    return [replace(one, path=name) for name, one in zip(names, found, strict=True)]


def as_text(done: Check) -> str:
    """What was found, in lines for a terminal."""
    errors, total = done.errors, len(done.findings)
    state = f"{len(errors):,} cannot be used" if errors else "all can be used"
    state = state if total else "nothing to check"
    where = "" if done.name == str(done.root) else f" in {done.root}"
    lines = [f"{done.name}: {total:,} images{where}: {state}"]
    reasons = _by_kind((one.kind, one.path, one.reason) for one in errors)
    lines += _listed("cannot be used", reasons, ERRORS_SHOWN)
    if done.lost:
        listed = [f"{word} (all {n:,})" for word, n in done.lost.items()]
        more = len(listed) - ERRORS_SHOWN
        listed = listed[:ERRORS_SHOWN] + ([f"and {more:,} more"] if more > 0 else [])
        lines.append(f"nothing is left of: {', '.join(listed)}")
    lines += _listed("read, with a note", _by_kind(done.notes()), NOTES_SHOWN)
    over = _by_kind((reason, path, "") for path, reason in done.passed_over)
    lines += _listed("not looked into", over, NOTES_SHOWN)
    faults = [one.reason for one in errors] + [why for _, why in done.passed_over]
    if LEADS_OUT in faults:
        lines.append(f"note: {LINKS_REMEDY}")
    if counted := Counter(one.format for one in done.findings if one.format):
        parts = [f"{n:,} {name}" for name, n in counted.most_common()]
        lines.append(f"formats: {', '.join(parts)}")
    if sizes := Counter(one.size for one in done.findings if one.size):
        (width, height), most = sizes.most_common(1)[0]
        rest = f", the others from {_span(sizes)}" if len(sizes) > 1 else ""
        lines.append(f"pixels: {width} x {height} ({most:,}){rest}")
    return visible_lines("\n".join(lines))


def _span(sizes: Iterable[tuple[int, int]]) -> str:
    ordered = sorted(sizes, key=lambda size: size[0] * size[1])
    return " to ".join(
        f"{width} x {height}" for width, height in ordered[:: len(ordered) - 1]
    )


def _by_kind(
    entries: Iterable[tuple[str, str, str]],
) -> dict[str, list[tuple[str, str]]]:
    kinds: dict[str, list[tuple[str, str]]] = {}
    for kind, path, words in entries:
        kinds.setdefault(kind, []).append((path, words))
    return dict(sorted(kinds.items(), key=lambda item: -len(item[1])))


def _listed(
    title: str, kinds: dict[str, list[tuple[str, str]]], shown: int
) -> Iterator[str]:
    if kinds:
        yield f"{title}:"
    for kind, entries in kinds.items():
        yield f"  {len(entries):,} {kind}"
        for path, words in entries[:shown]:
            yield f"    {visible(path)}: {words}" if words else f"    {visible(path)}"
        if len(entries) > shown:
            yield f"    and {len(entries) - shown:,} more (--format json lists all)"


def as_json(done: Check) -> str:
    """All that was found, for programs."""
    errors, notes = done.errors, list(done.notes())
    problems = [("error", one.kind, one.path, one.reason) for one in errors]
    problems += [("note", *note) for note in notes]
    text = json.dumps(
        {
            "name": done.name,
            "root": str(done.root),
            "images": len(done.findings),
            "unusable": len(errors),
            "errors": Counter(one.kind for one in errors),
            "notes": Counter(kind for kind, _, _ in notes),
            "lost": done.lost,
            "formats": Counter(one.format for one in done.findings if one.format),
            "problems": [
                dict(zip(("severity", "kind", "path", "words"), row, strict=True))
                for row in problems
            ],
            "passed_over": [
                {"path": path, "reason": reason} for path, reason in done.passed_over
            ],
        },
        indent=1,
        ensure_ascii=False,
    )
    return visible_json(text)
