"""One kind of augmentation a file; the folder is the registry."""
