"""YAML files that are found by name or path and may extend one another."""

from __future__ import annotations

from collections.abc import Callable
from importlib import resources
from pathlib import Path

from kpoc.ground.schema import SchemaError, nearest
from kpoc.ground.yaml_values import read_yaml

_SHOWN = 10


def _folder(package: str) -> Path:
    return Path(str(resources.files(package)))


def yaml_names(package: str) -> list[str]:
    """Names of the YAML files of a package, sorted: `file`, or `folder/file`.

    Example:
        >>> "faces/baseline" in yaml_names("kpoc.recipes")
        True
        >>> "faces" in yaml_names("kpoc.data_manifests")
        True
    """
    root = _folder(package)
    found = [*root.glob("*.yaml"), *root.glob("*/*.yaml")]
    return sorted(file.relative_to(root).with_suffix("").as_posix() for file in found)


def packaged(name: str, package: str) -> Path:
    """The file of one of the `yaml_names` of a package."""
    return _folder(package) / f"{name}.yaml"


def is_path(name: str) -> bool:
    """Whether a name of something in YAML is the path of a file.

    Example:
        >>> is_path("mine/cats.yaml"), is_path("faces/baseline")
        (True, False)
    """
    # an open file has no suffix
    return Path(name).suffix in {".yaml", ".yml"} or name.startswith("/dev/fd/")


def beside(path: Path) -> str:
    """What YAML files lie where one was looked for, as the end of an error.

    Example:
        >>> beside(Path("nowhere/mine.yaml"))
        ', but there is no folder nowhere'
    """
    if not path.parent.is_dir():
        return f", but there is no folder {path.parent}"
    found = [p.name for p in path.parent.iterdir() if is_path(p.name) and p.is_file()]
    more = f" and {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
    listed = ", ".join(sorted(found)[:_SHOWN]) or "no .yaml file"
    return f"; in {path.parent} there is {listed}{more}"


def find_yaml(what: str, name: str, package: str) -> Path:
    """The file that a name in a package or a path stands for.

    Args:
        what: What it is for, as errors call it, e.g. `recipe`.
        name: One of the `yaml_names`, or the path of a `.yaml` or `.yml` file.
        package: Where those with names lie.

    Raises:
        SchemaError: There is none; names the nearest ones.
    """
    if is_path(name):
        if (given := Path(name)).is_file():
            return given
        raise SchemaError(
            f"`{what}` must be a file that exists. Received: {name}{beside(given)}"
        )
    if name in (names := yaml_names(package)):
        return packaged(name, package)
    raise SchemaError(
        f"`{what}` must be the name of a {what} or the path of a .yaml file. "
        f"{nearest(name, names)} Received: {name!r}"
    )


def read_extended(
    path: Path,
    find: Callable[[str], Path],
    merge: Callable[[dict, dict], dict],
    read: Callable[[Path], dict] = read_yaml,
    seen: tuple[Path, ...] = (),
) -> dict:
    """Content of a file and of all that it extends.

    Args:
        path: The file.
        find: From a name to its file, for an `extends` that is no file beside `path`.
        merge: What the content of the extended and of the extending file make.
        read: From one file to its own content.
        seen: What extends it, from the first on.

    Raises:
        SchemaError: `extends` is no name, leads nowhere or back.
    """
    if path.resolve() in [one.resolve() for one in seen]:
        circle = " > ".join(map(str, (*seen, path)))
        raise SchemaError(f"`extends` goes round in a circle: {circle}")
    content = read(path)
    extends = content.pop("extends", None)
    if extends is None:
        return content
    if not isinstance(extends, str):
        raise SchemaError(f"{path}: `extends` must be a name. Received: {extends!r}")
    beside = path.parent / extends
    base = beside if beside.is_file() else find(extends)
    return merge(read_extended(base, find, merge, read, (*seen, path)), content)
