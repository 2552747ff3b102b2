"""Exporting a run: convert, load back, compare, and only then keep."""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

from kpoc.exporting.card import card
from kpoc.exporting.checking import ExportError, Samples, check, draw_samples
from kpoc.exporting.format import FORMATS, Format
from kpoc.exporting.record import list_files, save, still_valid
from kpoc.ground.files import Lock, atomic, remove_parts
from kpoc.ground.keras_settings import recipe_settings
from kpoc.ground.streams import quiet
from kpoc.ground.text import say
from kpoc.inference.predict import finished_run
from kpoc.runs.exports import RECORD
from kpoc.runs.run import Run
from kpoc.training.backend import start_quietly

if TYPE_CHECKING:
    import keras

_REASON_LENGTH = 400


@dataclass(frozen=True)
class Exported:
    """What an export left behind.

    Attributes:
        folder: Where the files are.
        record: What `export.json` in it says.
        failures: Why a format was not written, by its name.
    """

    folder: Path
    record: dict
    failures: dict[str, str]

    def __str__(self) -> str:
        from kpoc.exporting.summary import summary

        return summary(self.record)


def export(
    run: str | Path | Run,
    formats: Sequence[str] = (),
    *,
    out: str | Path | None = None,
    rows: int = 64,
    data: str | Path | None = None,
) -> Exported:
    """Writes the model of a finished run in formats that are served without kpoc.

    Every file takes uint8 RGB images of any size and gives what `kpoc predict` prints:
    probabilities by class, values in their unit. Each is loaded back by its own runtime
    and compared with `kpoc predict` on validation images; one that differs is not kept.

    Args:
        run: A run or its directory.
        formats: Names of formats; all by default.
        out: The folder to write to; by default `export` in the run directory.
        rows: Number of validation images to compare on.
        data: Where the run's images lie, if no longer where they were in training; by
            default `$KPOC_DATA`.

    Returns:
        What was written, and why some was not.

    Raises:
        ExportError: The folder holds something else, there is nothing to compare on,
            Keras runs on another backend than TensorFlow.
        SchemaError: An unknown format.
        RunError: The run is not finished.

    Example:
        >>> exported = export(
        ...     "runs/portraits/baseline/0123456789-seed0"
        ... )  # doctest: +SKIP
    """
    run = finished_run(run)
    names = dict.fromkeys(formats or FORMATS.names())
    chosen = {name: FORMATS.get(name)() for name in names}
    folder = Path(out) if out else run.export_folder
    files = {name: form.file for name, form in chosen.items()}
    record = card(run)
    record["formats"] = still_valid(folder, record["model_sha256"], files)
    start_quietly()
    _require_tensorflow()
    with recipe_settings(), _exact_products(), _held(folder):
        for file in (*files.values(), RECORD):
            remove_parts(folder, file)
        return _export(run, chosen, folder, record, draw_samples(run, rows, data))


def _export(
    run: Run,
    chosen: dict[str, Format],
    folder: Path,
    record: dict,
    samples: Samples,
) -> Exported:
    model = run.model()
    loaded: dict[str, Callable] = {}
    failures: dict[str, str] = {}
    for name, form in chosen.items():
        say(f"{name}: converting")
        before = dict(record["formats"])
        try:
            loaded[name] = _write(name, form, model, run, samples, folder, record)
        except Exception as error:
            failures[name] = _reason(error)
            record["formats"] = before
            say(f"{name}: failed")
            continue
        say(f"{name}: written and checked")
    if loaded:
        _measure(model, loaded, samples, record)
        save(folder, record)
    return Exported(folder, record, failures)


@contextlib.contextmanager
def _held(folder: Path) -> Iterator[None]:
    lock = Lock(folder)
    if not lock.acquire():
        raise ExportError(
            f"`out` must not be written to by another process. Received: {folder}"
        )
    try:
        yield
    finally:
        lock.release()


@contextlib.contextmanager
def _exact_products() -> Iterator[None]:
    """Has GPUs multiply in float32, not in TensorFloat-32 with its 10 bits.

    What is exported runs on other machines, so it is compared without that rounding.
    """
    import tensorflow as tf

    before = tf.config.experimental.tensor_float_32_execution_enabled()
    tf.config.experimental.enable_tensor_float_32_execution(False)
    try:
        yield
    finally:
        tf.config.experimental.enable_tensor_float_32_execution(before)


def _require_tensorflow() -> None:
    import keras

    if (backend := keras.backend.backend()) != "tensorflow":
        raise ExportError(
            "KERAS_BACKEND must be tensorflow to export, whatever the run was trained "
            f"with. Received: {backend}"
        )


def _write(
    name: str,
    form: Format,
    model: keras.Model,
    run: Run,
    samples: Samples,
    folder: Path,
    record: dict,
) -> Callable:
    """Writes, loads, checks and records one format; gives its function."""
    if missing := form.missing():
        raise ExportError(
            f"it needs {', '.join(missing)}: install them with "
            "pip install 'kpoc[export]'"
        )
    from kpoc.exporting.serving import serving_model

    recipe = run.recipe
    own_card = {key: value for key, value in record.items() if key != "formats"}
    with atomic(folder / form.file) as part, quiet():
        served = serving_model(
            model.get_layer("core"),
            recipe.task.targets,
            recipe.image_size,
            form.resizes_natively,
        )
        form.write(served, part, json.dumps(own_card, ensure_ascii=False))
        predict = form.load(part)
        files = list_files(part, form.file)
        record["formats"][name] = {
            "file": form.file,
            "bytes": sum(each["bytes"] for each in files),
            "files": files,
            "created": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
            "versions": {
                package: metadata.version(package)
                for package in map(_distribution, ("keras", "tensorflow", *form.needs))
            },
            "checked_rows": len(samples),
            "differences": check(samples, recipe.task.targets, predict),
            "latency": None,
        }
        # before the file has its name: a record of a file that is not there does no
        # harm, a file that no record knows is refused
        save(folder, record)
    return predict


def _distribution(module: str) -> str:
    return metadata.packages_distributions()[module][0]


def _measure(
    model: keras.Model, loaded: dict[str, Callable], samples: Samples, record: dict
) -> None:
    """Times all formats and the Keras model on one stored image, in turns."""
    from kpoc.inference.latency import latencies_ms

    image = samples.stored[0]
    calls = {name: lambda run=run: run(image) for name, run in loaded.items()}
    calls["keras"] = lambda: model.predict_on_batch(image)
    times = latencies_ms(calls)
    for name in loaded:
        record["formats"][name]["latency"] = {
            "image": list(image.shape[1:3]),
            "ms": times[name],
            "keras_ms": times["keras"],
        }


def _reason(error: Exception) -> str:
    """What a converter said, without its pages of traces."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    text = " ".join(lines) or type(error).__name__
    if not isinstance(error, ExportError):
        text = f"{type(error).__name__}: {text}"
    if len(text) > _REASON_LENGTH:
        text = text[:_REASON_LENGTH] + " ..."
    return text
