"""How a checkpoint wants its images: scale, mean, standard deviation, size."""

from __future__ import annotations

from dataclasses import dataclass

from keras import layers

_CHANNELS = 3
_RESAMPLE = {2: "bilinear", 3: "bicubic"}


@dataclass(frozen=True)
class Preprocessing:
    """`(pixel / 255 - mean) / std` for each channel, at a size.

    Attributes:
        mean: Of red, green and blue, in 0..1.
        std: Of red, green and blue.
        size: Side in pixels.
        resample: `bilinear` or `bicubic`, what the checkpoint was used with. kpoc
            resizes bilinearly, antialiased, whatever the checkpoint.
    """

    mean: tuple[float, float, float]
    std: tuple[float, float, float]
    size: int
    resample: str = "bilinear"

    @classmethod
    def from_config(cls, config: dict, size: int) -> Preprocessing:
        """Reads a preprocessor_config.json; where it is empty, [-1, 1] as ViT's.

        Args:
            config: The file's content.
            size: The model's native size, where the file does not say.
        """
        scale = 255.0 * config.get("rescale_factor", 1 / 255)
        if not config.get("do_rescale", True):
            scale = 255.0
        shift = config.get("do_normalize", True)
        mean = config.get("image_mean", [0.5] * 3) if shift else [0.0] * 3
        std = config.get("image_std", [0.5] * 3) if shift else [1.0] * 3
        for values in (mean, std):
            if len(values) != _CHANNELS:
                raise ValueError(f"it needs 3 channels. Received: {values}")
        crop = config.get("crop_size") if config.get("do_center_crop") else None
        return cls(
            tuple(value / scale for value in mean),
            tuple(value / scale for value in std),
            _side(crop or config.get("size"), size),
            _RESAMPLE.get(config.get("resample", 2), "bilinear"),
        )

    def to_config(self) -> dict:
        """A preprocessor_config.json for `transformers`."""
        numbers = {name: number for number, name in _RESAMPLE.items()}
        return {
            "image_processor_type": "ViTImageProcessor",
            "do_resize": True,
            "size": {"height": self.size, "width": self.size},
            "resample": numbers[self.resample],
            "do_rescale": True,
            "rescale_factor": 1 / 255,
            "do_normalize": True,
            "image_mean": list(self.mean),
            "image_std": list(self.std),
        }

    def layer(self, **options) -> layers.Layer:
        """A layer that takes RGB in 0..255."""
        scale = [1 / (255.0 * std) for std in self.std]
        offset = [-mean / std for mean, std in zip(self.mean, self.std, strict=True)]
        return layers.Rescaling(scale, offset, **options)


def _side(size: object, otherwise: int) -> int:
    if isinstance(size, int):
        return size
    if isinstance(size, dict):
        return int(size.get("height") or size.get("shortest_edge") or otherwise)
    return otherwise
