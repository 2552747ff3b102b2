"""How other libraries name the tensors of a ViT: a dialect a file.

A dialect is a module with

- `NAMES`: what it reads, for people;
- `speaks(config) -> bool`: whether a config.json is of this dialect;
- `arguments(config, names) -> dict`: arguments of `kpoc.models.ViT`, with
  `num_classes` where the checkpoint has a classifier;
- `prefixes(config) -> tuple`: prefixes that the trunk's names may have;
- `tensors(vit_config) -> dict`: our name to theirs, three of theirs for a fused qkv;
- `ignored`: a regular expression of tensors that a checkpoint may hold and a ViT for
  images has no use for;

and, if it has none in a preprocessor_config.json,

- `preprocessing(config)`: what one would say;

and, if it can be written too,

- `fits(vit_config)`: why a ViT cannot be written in it, or None;
- `config_json(vit_config)`: its config.json;
- `prefixed`: whether names have the prefix even in a model without a head;
- `squeezed`: a regular expression of tensors without the leading axes of length 1.
"""

import importlib
import pkgutil


def dialects():
    """All dialects, by module name."""
    return {
        module.name: importlib.import_module(f"{__name__}.{module.name}")
        for module in pkgutil.iter_modules(__path__)
        if not module.name.startswith("_")
    }
