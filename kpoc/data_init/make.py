"""From a folder or table of images to a protocol and two recipes."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from kpoc.data_init.choose import Asked
from kpoc.data_init.decide import make_plan
from kpoc.data_init.describe import describe_init
from kpoc.data_init.files import METHOD, Files
from kpoc.data_init.folders import look_at_folder
from kpoc.data_init.look import Look
from kpoc.data_init.plan import Plan
from kpoc.data_init.recipes import (
    budget_for,
    image_size_for,
    method_name,
    methods_of,
    targets_of,
)
from kpoc.data_init.table import look_at_table
from kpoc.data_init.write import baseline_text, method_text, pointer_text, protocol_text
from kpoc.ground.cache import cache_folder
from kpoc.ground.schema import validate
from kpoc.ground.yaml_values import parse_yaml
from kpoc.pictures.images import Finding, check_images
from kpoc.pictures.paths import Links
from kpoc.protocols.build import build_manifest
from kpoc.protocols.check import Progress, no_progress
from kpoc.protocols.protocol import Protocol
from kpoc.recipe import load_recipe
from kpoc.sources.source import SourceError
from kpoc.sources.tables import TABLE_SUFFIXES

if TYPE_CHECKING:
    from kpoc.protocols.manifest import Manifest


@dataclass(frozen=True)
class Initialised:
    """What `init_task` made.

    Attributes:
        look: What was seen.
        plan: What was decided.
        manifest: The rows that the protocol gives.
        unreadable: The images that cannot be decoded.
        files: The files that were written: protocol, baseline, the method by its own
            name, and `method.yaml`, which leads to it.
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
    links: Links = "inside",
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
            split; by default one that is named like that. Of a folder: what tells them,
            `subfolder`, `series` or `stem`, as in the source `folder`; by default what
            is seen to repeat. `none` for neither.
        kinds: Of a table: `class` or `number`, by column, where that is not seen.
        name: The task's name; by default that of the folder or table.
        out: The folder for the files; by default one called as the task, here.
        force: Whether files that are there may be overwritten.
        cache: As in `build_manifest`.
        progress: Makes what is called with the number of images looked at, from the
            words for that and their total.
        links: Which links to images are followed, as in
            `kpoc.pictures.paths.images_below`.

    Returns:
        What was seen, decided and written.

    Raises:
        SourceError: The images, labels or rows do not make a task; says why.
        FileExistsError: Files are there already.
        ValueError: There is a file where the folder for the files should be.

    Example:
        >>> made = init_task("photos", name="mine")  # doctest: +SKIP
        >>> print(made)  # doctest: +SKIP
    """
    place, cache = Path(place).expanduser(), cache_folder(cache)
    images = Path(images).expanduser() if images else None
    asked = Asked(images, path, targets, groups, together, kinds or {}, links)
    look = _look(place, asked, cache)
    folder = Path(out) if out else Path(_free_name(name or _slug(place), look.root))
    files = Files(name or folder.name, folder, look.root, force)
    files.require_new("protocol", "baseline", METHOD)

    plan = make_plan(look)  # before all is decoded: its errors should not wait for that
    checked = _decoded(look, progress)
    unreadable = {name: found for name, found in checked.items() if found.kind}
    if unreadable:
        plan = make_plan(look, list(unreadable))
    protocol = protocol_text(files.name, look, plan, files.build)
    declared = validate(Protocol, parse_yaml(protocol, "the protocol"), "the protocol")
    manifest = build_manifest(declared, look.root, cache)
    targets_given = targets_of(plan, manifest)
    methods = methods_of(plan, manifest)
    method = method_name(methods)
    called = f"{files.name}/{method}"
    sizes = [checked[name].size for name in manifest.table["id"]]
    settings = {
        "image_size": image_size_for(sizes),
        **budget_for(manifest.counts["train"]),
    }
    texts = {
        "protocol": protocol,
        "baseline": baseline_text(
            f"{files.name}/baseline",
            plan,
            targets_given,
            settings,
            files.train,
        ),
        method: method_text(called, methods, files.compare),
        METHOD: pointer_text(called, method, methods, files.compare),
    }
    _check(texts["baseline"], plan, manifest)
    written = files.write(texts)
    commands = [files.build, files.compare]
    findings = list(unreadable.values())
    return Initialised(look, plan, manifest, findings, written, commands)


def _decoded(look: Look, progress: Progress) -> dict[str, Finding]:
    """What decoding says of each image, by id.

    Raises:
        SourceError: None can be decoded.
    """
    frame, root = look.listing.frame, look.listing.root
    count = progress("looking at images", len(frame))
    found = check_images((root / path for path in frame["path"]), progress=count)
    if all(one.kind for one in found):
        column = look.source.get("path")
        taken = f", by the column `{column}` (--path names another)" if column else ""
        raise SourceError(
            f"images must be decodable. Received: none that is{taken}, such as "
            f"{found[0].path}: {found[0].reason}"
        )
    return dict(zip(frame["id"], found, strict=True))


def _check(baseline: str, plan: Plan, manifest: Manifest) -> None:
    """Checks the recipe against the rows before there are files."""
    content = parse_yaml(baseline, "the baseline")
    for name, target in content["task"]["targets"].items():
        target["classes"] = plan.columns[name].classes  # else read from the protocol
    recipe = load_recipe(content)
    manifest.validate(recipe.task.targets, recipe.task.groups)


def _look(place: Path, asked: Asked, cache: Path) -> Look:
    if place.is_dir():
        return look_at_folder(place, asked, cache)
    if place.is_file() and place.suffix.lower() in TABLE_SUFFIXES:
        return look_at_table(place, asked, cache)
    raise SourceError(
        "there must be a folder of images or a table "
        f"({', '.join(TABLE_SUFFIXES)}); an archive must be unpacked first. "
        f"Received: {place}"
    )


def _slug(place: Path) -> str:
    """A name that can be a folder's: letters, digits, - and _."""
    return re.sub(r"[^\w-]+", "_", place.resolve().stem).strip("_") or "images"


def _free_name(name: str, root: Path) -> str:
    """The name of a folder here that is not the folder of the images."""
    return f"{name}-task" if Path(name).resolve() == root else name
