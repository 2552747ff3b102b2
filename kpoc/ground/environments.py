"""Environments of their own, for models whose libraries cannot live beside the others.

Such a model is trained by the Python of a second virtual environment, where kpoc is
installed with an extra of the environment's name; see `kpoc.training.child`.
"""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from kpoc.ground.errors import UserError


class EnvironmentMissing(UserError, RuntimeError):
    """A model's environment is not where it is looked for."""


@dataclass(frozen=True)
class Environment:
    """What a model must find installed.

    Attributes:
        name: The extra of kpoc that installs it.
        needs: The first number of the version of each distribution.
    """

    name: str
    needs: dict[str, int]

    @property
    def is_here(self) -> bool:
        """Whether this Python is of the environment."""
        try:
            found = {name: metadata.version(name) for name in self.needs}
        except metadata.PackageNotFoundError:
            return False
        return all(found[name].startswith(f"{n}.") for name, n in self.needs.items())

    @property
    def variable(self) -> str:
        """The environment variable that says where its Python is."""
        return f"KPOC_{self.name.upper()}_PYTHON"

    def python(self) -> str:
        """The Python of the environment: this one, the variable's, or the folder's.

        Raises:
            EnvironmentMissing: There is none; says how to make it.
        """
        if self.is_here:
            return sys.executable
        folder = f".venv-{self.name}"
        python = Path(os.environ.get(self.variable) or f"{folder}/bin/python")
        if not python.is_file():
            raise EnvironmentMissing(
                f"{self.name} needs an environment of its own; make it with `make "
                f"{self.name}`, or with `python -m venv {folder}` and `{folder}/bin/"
                f"python -m pip install 'kpoc[{self.name}]'`, and say with "
                f"{self.variable} where its Python is, if not here. Received: no "
                f"{python}"
            )
        return str(python)


ENVIRONMENTS = {
    each.name: each
    for each in (Environment("tfvit", {"transformers": 4, "tf_keras": 2}),)
}
