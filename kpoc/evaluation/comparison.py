"""The result of a comparison: tables, files, a notebook view, a terminal view."""

import html
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from kpoc.evaluation.content import Head, read_content
from kpoc.ground.csv_files import csv_for_people
from kpoc.ground.files import atomic
from kpoc.ground.json_files import read_json


def _write(path: Path, text: str) -> None:
    with atomic(path) as part:
        part.write_text(text, encoding="utf-8")


def _figure(value: float, sign: str = "") -> str:
    return "–" if value is None or np.isnan(value) else f"{value:{sign}.4g}"


class Comparison:
    """What `evaluate` found, as a person or a program wants it.

    Args:
        content: The dictionary that `kpoc.evaluation.compare.evaluate` returns.
        source: What it is called in errors.

    Attributes:
        content: The same with typed fields (`kpoc.evaluation.content`).
        page: The HTML page, where one was written.
        cards: The model card of each side, where they were written.

    Raises:
        SchemaError: With all that is wrong with `content`.
    """

    def __init__(self, content: Mapping[str, Any], source: str = "`content`") -> None:
        self.content: Head = read_content(content, source)
        self._content = self.content.to_dict()
        self.page: Path | None = None
        self.cards: dict[str, Path] = {}

    def to_dict(self) -> dict[str, Any]:
        """The whole comparison in types of JSON."""
        return self._content

    @property
    def verdict(self) -> str:
        """The verdict in words."""
        return self._content["verdict"]["text"]

    @property
    def scores(self) -> pd.DataFrame:
        """Scores with intervals: a row each target, metric, group, level and side."""
        return pd.DataFrame(self._content["scores"])

    @property
    def differences(self) -> pd.DataFrame:
        """Differences of each side from the first, with intervals and p-values."""
        return pd.DataFrame(self._content["differences"])

    @property
    def gaps(self) -> pd.DataFrame:
        """Gaps between groups with intervals: a row each figure, group and side."""
        return pd.DataFrame(self._content["gaps"].get("scores"))

    @property
    def calibration(self) -> pd.DataFrame:
        """Calibration with intervals: a row each target, figure, side and scaling."""
        return pd.DataFrame(self._content["calibration"].get("scores"))

    def save(self, folder: str | os.PathLike) -> Path:
        """Writes comparison.json, scores.csv and differences.csv into `folder`.

        In the CSV a text that a spreadsheet would take for a formula begins with an
        apostrophe: see `kpoc.ground.csv_files`.
        """
        folder = Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        _write(folder / "scores.csv", csv_for_people(self.scores))
        _write(folder / "differences.csv", csv_for_people(self.differences))
        text = json.dumps(self._content, indent=1, allow_nan=False, ensure_ascii=False)
        _write(folder / "comparison.json", text + "\n")
        return folder

    @classmethod
    def load(cls, folder: str | os.PathLike) -> "Comparison":
        """Reads what `save` wrote.

        Raises:
            ValueError: If the folder has no comparison.json of this schema, or with
                all that is wrong with it.
        """
        path = Path(folder) / "comparison.json"
        if not path.is_file():
            raise ValueError(f"`folder` must hold comparison.json. Received: {folder}")
        return cls(read_json(path), str(path))

    def summary(self) -> pd.DataFrame:
        """The overall figures: a row each target and metric, a column each side."""
        differences = {
            (row["target"], row["metric"], row["side"]): row
            for row in self._content["differences"]
            if row["group"] is None
        }
        rows: dict[tuple[str, str], dict[str, str]] = {}
        for row in self._content["scores"]:
            if row["group"] is not None:
                continue
            key = (row["target"], row["metric"])
            cells = rows.setdefault(key, {"metric": _title(row)})
            low, high = _figure(row["low"]), _figure(row["high"])
            cells[row["side"]] = f"{_figure(row['estimate'])} [{low}, {high}]"
            difference = differences.get((*key, row["side"]))
            if difference:
                low, high = (_figure(difference[end], "+") for end in ("low", "high"))
                cells[f"{row['side']} − {difference['baseline']}"] = (
                    f"{_figure(difference['difference'], '+')} [{low}, {high}] "
                    f"{difference['verdict']}{' (primary)' * difference['primary']}"
                )
        return pd.DataFrame(rows.values())

    def __str__(self) -> str:
        lines = [self._content["title"], "", self.verdict, ""]
        lines.append(self.summary().to_string(index=False, justify="left"))
        for word in ("warnings", "notes"):
            if self._content[word]:
                lines += ["", f"{word.capitalize()}:"]
                lines += [f"  - {text}" for text in self._content[word]]
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        parts = [
            f"<h3>{html.escape(self._content['title'])}</h3>",
            f"<p><strong>{html.escape(self.verdict)}</strong></p>",
            self.summary().to_html(index=False, escape=True, border=0),
        ]
        for text in self._content["warnings"]:
            parts.append(f"<p>Warning: {html.escape(text)}</p>")
        return "\n".join(parts)


def _title(row: Mapping[str, Any]) -> str:
    unit = f" ({row['unit']})" if row["unit"] else ""
    arrow = {"higher": "↑", "lower": "↓"}[row["better"]]
    return f"{row['target']} {row['metric']}{unit} {arrow}"
