"""Makes tfvit.npz: what TFViTForImageClassification says of the tiny classifier.

make tfvit
.venv-tfvit/bin/python tests/reference/make_tfvit.py
"""

import json
from importlib import metadata
from pathlib import Path

import numpy as np

from kpoc.models.stand_ins.tfvit import load

HERE = Path(__file__).parent
PACKAGES = ("transformers", "tf_keras", "tensorflow")


def main() -> None:
    """Writes logits and hidden states of images that are stored with them."""
    model = load(HERE / "hf_vit_tiny")
    side = model.config.image_size
    pixels = np.random.default_rng(7).normal(size=(3, 3, side, side)).astype("float32")
    found = model(pixel_values=pixels, output_hidden_states=True)
    np.savez_compressed(
        HERE / "tfvit.npz",
        pixel_values=pixels,
        logits=found.logits.numpy(),
        hidden_states=np.stack([state.numpy() for state in found.hidden_states]),
    )
    about = {
        "command": ".venv-tfvit/bin/python tests/reference/make_tfvit.py",
        "versions": {name: metadata.version(name) for name in PACKAGES},
        "weights": "hf_vit_tiny",
        "dtype": "float32",
    }
    (HERE / "tfvit.json").write_text(json.dumps(about, indent=1) + "\n")


if __name__ == "__main__":
    main()
