"""What the meta of a manifest must be, where it is read from a file."""

from __future__ import annotations

from typing import Any

import pydantic

from kpoc.ground.schema import Strict


class _Open(pydantic.BaseModel):
    """What has to be there; what else there is may be anything."""

    model_config = pydantic.ConfigDict(extra="allow", strict=True)


class _Rules(Strict):
    classes: list[str] | None = None
    range: list[float] | None = None


class _Step(_Open):
    name: str
    parameters: dict[str, Any]
    counts: dict[str, int]


class _Reported(_Open):
    name: str
    reason: str


class Meta(_Open):
    """What the rows of a saved manifest are; see `build_manifest`."""

    digest: str
    columns: dict[str, _Rules] = {}
    root: str | None = None
    protocol: str | None = None
    description: str | None = None
    source: str | None = None
    citation: str | None = None
    licence: str | None = None
    overlap: str | None = None
    steps: list[_Step] = []
    reported: list[_Reported] = []
    card: dict[str, list[str]] | None = None
