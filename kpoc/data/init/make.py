"""From a folder or table of images to a protocol and two recipes."""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from kpoc.data.build import build_manifest
from kpoc.data.cache import cache_folder
from kpoc.data.check import Progress, no_progress
from kpoc.data.images import Finding, check_images
from kpoc.data.init.choose import Asked
from kpoc.data.init.describe import describe_init
from kpoc.data.init.folders import look_at_folder
from kpoc.data.init.look import Look
from kpoc.data.init.plan import Plan, make_plan
from kpoc.data.init.recipes import (
    budget_for,
    image_size_for,
    method_name,
    methods_of,
    targets_of,
)
from kpoc.data.init.table import look_at_table
from kpoc.data.init.write import baseline_text, method_text, protocol_text
from kpoc.data.protocol import Protocol
from kpoc.data.source import SourceError
from kpoc.data.tables import TABLE_SUFFIXES
from kpoc.files import atomic
from kpoc.recipe import PLAIN_NAME, load_recipe
from kpoc.schema import parse_yaml, validate

if TYPE_CHECKING:
    from kpoc.data.manifest import Manifest

_LABEL = "label"


@dataclass(frozen=True)
class Initialised:
    """What `init_task` made.

    Attributes:
        look: What was seen.
        plan: What was decided.
        manifest: The rows that the protocol gives.
        unreadable: The images that cannot be decoded.
        files: The files that were written: protocol, baseline, method.
        commands: What to run next.
    """

    look: Look
    plan: Plan
    manifest: Manifest
    unreadable: list[Finding]
    files: list[Path]
    commands: list[str]

    def __str__(self) -> str:
        return describe_init(self)


def init_task(
    place: str | Path,
    *,
    images: str | Path | None = None,
    path: str | None = None,
    targets: Sequence[str] = (),
    groups: Sequence[str] | None = None,
    together: str | None = None,
    kinds: Mapping[str, str] | None = None,
    name: str | None = None,
    out: str | Path | None = None,
    force: bool = False,
    cache: str | Path | None = None,
    progress: Progress = no_progress,
) -> Initialised:
    """Looks at images and writes a protocol, a baseline and the method that suits.

    Every image is decoded once. Nothing is written before all is decided.

    Args:
        place: A folder with one folder a class, or a .csv, .tsv or .parquet table with
            the paths of images.
        images: Of a table: the folder of the images; by default the table's.
        path: Of a table: the column of paths; by default the one that leads to files.
        targets: Of a table: columns to predict; by default the one that can be. Of a
            folder: the name of its label, by default `label`.
        groups: Of a table: columns to break results down by; by default those with
            few classes.
        together: Of a table: column of persons or things whose images must stay in one
            split; by default one that is named like that.
        kinds: Of a table: `class` or `number`, by column, where that is not seen.
        name: The task's name; by default that of the folder or table.
        out: The folder for the files; by default one called as the task, here.
        force: Whether files that are there may be overwritten.
        cache: As in `build_manifest`.
        progress: Makes what is called with the number of images looked at, from the
            words for that and their total.

    Returns:
        What was seen, decided and written.

    Raises:
        SourceError: The images, labels or rows do not make a task; says why.
        FileExistsError: Files are there already.

    Example:
        >>> made = init_task("photos", name="mine")  # doctest: +SKIP
        >>> print(made)  # doctest: +SKIP
    """
    place, cache = Path(place).expanduser(), cache_folder(cache)
    images = Path(images).expanduser() if images else None
    asked = Asked(images, path, targets, groups, together, kinds or {})
    look = _look(place, asked, cache)
    folder = Path(out) if out else Path(_free_name(name or _slug(place), look.root))
    files = _Files(name or folder.name, folder, look.root, force)
    files.require_new("protocol", "baseline")

    plan = make_plan(look)
    protocol = protocol_text(files.name, look, plan, files.build)
    declared = validate(Protocol, parse_yaml(protocol, "the protocol"), "the protocol")
    manifest = build_manifest(declared, look.root, cache)
    count = progress("looking at images", len(manifest))
    checked = check_images(manifest.paths(), progress=count)
    unreadable = [finding for finding in checked if finding.kind]
    if len(unreadable) == len(checked):
        raise SourceError(
            f"images must be decodable. Received: none that is, such as "
            f"{unreadable[0].path}: {unreadable[0].reason}"
        )
    targets_given = targets_of(plan, manifest)
    methods = methods_of(plan, manifest)
    method = method_name(methods)
    settings = {
        "image_size": image_size_for([found.size for found in checked if found.size]),
        **budget_for(manifest.counts["train"]),
    }
    texts = {
        "protocol": protocol,
        "baseline": baseline_text(
            f"{files.name}/baseline",
            plan,
            targets_given,
            settings,
            len(unreadable),
            files.train,
        ),
        method: method_text(f"{files.name}/{method}", methods, files.compare(method)),
    }
    _check(texts["baseline"], plan, manifest)
    written = files.write(texts)
    commands = [files.build, files.compare(method)]
    return Initialised(look, plan, manifest, unreadable, written, commands)


def _check(baseline: str, plan: Plan, manifest: Manifest) -> None:
    """Checks the recipe against the rows before there are files."""
    content = parse_yaml(baseline, "the baseline")
    for name, target in content["task"]["targets"].items():
        target["classes"] = plan.columns[name].classes  # else read from the protocol
    recipe = load_recipe(content)
    manifest.validate(recipe.task.targets, recipe.task.groups)


def _look(place: Path, asked: Asked, cache: Path) -> Look:
    if place.is_dir():
        return look_at_folder(place, _one_label(place, asked), cache)
    if place.is_file() and place.suffix.lower() in TABLE_SUFFIXES:
        return look_at_table(place, asked, cache)
    raise SourceError(
        "there must be a folder of images or a table "
        f"({', '.join(TABLE_SUFFIXES)}); an archive must be unpacked first. "
        f"Received: {place}"
    )


def _one_label(place: Path, asked: Asked) -> str:
    """The name of a folder's label; nothing else can be said of a folder."""
    for_tables = {
        "--images": asked.images,
        "--path": asked.path,
        "--group": asked.groups,
        "--together": asked.together,
        "--kind": asked.kinds,
    }
    given = [option for option, value in for_tables.items() if value]
    if given or len(asked.targets) > 1:
        raise SourceError(
            "of a folder nothing but one --target can be said, the name of its label; "
            "a table says more. Received: "
            + ", ".join(given or [f"--target {' '.join(asked.targets)}"])
            + f" with the folder {place}"
        )
    label = asked.targets[0] if asked.targets else _LABEL
    if not PLAIN_NAME.fullmatch(label):
        raise SourceError(
            "--target must hold letters from a to z, digits, - and _ only. "
            f"Received: {label!r}"
        )
    return label


def _slug(place: Path) -> str:
    """A name that can be a folder's: letters, digits, - and _."""
    return re.sub(r"[^\w-]+", "_", place.resolve().stem).strip("_") or "images"


def _free_name(name: str, root: Path) -> str:
    """The name of a folder here that is not the folder of the images."""
    return f"{name}-task" if Path(name).resolve() == root else name


class _Files:
    """The folder of the files, and the commands that name them."""

    def __init__(self, name: str, folder: Path, root: Path, force: bool):
        self.name, self.folder, self.force = name, folder, force
        self._data = f"--data {shlex.quote(_shown(root))}"

    @property
    def build(self) -> str:
        return f"kpoc data build {self._at('protocol')} {self._data}"

    @property
    def train(self) -> str:
        return f"kpoc train {self._at('baseline')} {self._data}"

    def compare(self, method: str) -> str:
        sides = f"{self._at('baseline')} {self._at(method)}"
        return f"kpoc compare {sides} {self._data}"

    def require_new(self, *names: str) -> None:
        """Refuses files that are there, unless they may be overwritten."""
        there = [str(path) for n in names if (path := self._path(n)).exists()]
        if there and not self.force:
            raise FileExistsError(
                "files that are there are not overwritten without --force (or take "
                f"another --name). Received: {', '.join(there)}"
            )

    def write(self, texts: Mapping[str, str]) -> list[Path]:
        self.require_new(*texts)
        for name, text in texts.items():
            with atomic(self._path(name)) as part:
                part.write_text(text, encoding="utf-8")
        return [self._path(name) for name in texts]

    def _path(self, name: str) -> Path:
        return self.folder / f"{name}.yaml"

    def _at(self, name: str) -> str:
        return shlex.quote(str(self._path(name)))


def _shown(root: Path) -> str:
    """A folder as one would type it here."""
    path = os.path.relpath(root)
    return str(root) if path.startswith("..") else path
