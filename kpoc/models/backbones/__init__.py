"""One file a family of backbones; each registers its names."""
