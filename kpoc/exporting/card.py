"""What exported files say of themselves: input, outputs, and where they come from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kpoc.ground.hashing import file_sha256
from kpoc.version import __version__

if TYPE_CHECKING:
    from kpoc.recipe import Target
    from kpoc.runs.run import Run

_RESIZE = (
    "inside the model: antialiased bilinear to {size} x {size} pixels, the aspect "
    "ratio not kept, then rounded to whole grey levels"
)


def card(run: Run) -> dict:
    """Input, outputs and origin of the model of a finished run, in types of JSON."""
    recipe, info = run.recipe, run.info
    return {
        "kpoc_version": __version__,
        "recipe": recipe.name,
        "description": recipe.description,
        "seed": recipe.seed,
        "model_sha256": file_sha256(run.model_file),
        "data": {key: info["data"].get(key) for key in ("protocol", "digest")},
        "weights": {key: info["weights"].get(key) for key in ("origin", "sha256")},
        "input": {
            "name": "images",
            "dtype": "uint8",
            "shape": ["batch", "height", "width", 3],
            "values": "RGB, 0 to 255, upright (EXIF orientation applied)",
            "resize": _RESIZE.format(size=recipe.image_size),
            "image_size": recipe.image_size,
        },
        "outputs": {name: _output(t) for name, t in recipe.task.targets.items()},
    }


def _output(target: Target) -> dict:
    if target.kind == "regression":
        return {
            "kind": target.kind,
            "dtype": "float32",
            "shape": ["batch"],
            "values": "clipped to the range",
            "unit": target.unit,
            "range": list(target.range),
            "learned_as": target.transform,
        }
    return {
        "kind": target.kind,
        "dtype": "float32",
        "shape": ["batch", len(target.classes)],
        "values": "probabilities of the classes, in their order",
        "classes": list(target.classes),
    }
