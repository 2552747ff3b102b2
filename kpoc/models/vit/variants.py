"""The sizes that have names."""

# width, blocks, heads: Dosovitskiy et al. 2020, table 1; Ti and S: Touvron et al. 2020
# (arXiv:2012.12877), table 1
SIZES = {
    "Ti": (192, 12, 3),
    "S": (384, 12, 6),
    "B": (768, 12, 12),
    "L": (1024, 24, 16),
    "H": (1280, 32, 16),
}
PATCHES = (8, 14, 16, 32)


def variant(name):
    """Arguments of `ViT` for a name such as `"S/16"`.

    Args:
        name: Ti, S, B, L or H, a slash, and a patch size of 8, 14, 16 or 32.

    Returns:
        A dict with `width`, `depth`, `heads` and `patch_size`.

    Raises:
        ValueError: No such size or patch.

    Example:
        >>> variant("Ti/16")
        {'width': 192, 'depth': 12, 'heads': 3, 'patch_size': 16}
    """
    size, _, patch = str(name).partition("/")
    if size not in SIZES or patch not in map(str, PATCHES):
        raise ValueError(
            f"`variant` must be one of {', '.join(SIZES)}, a slash, and one of "
            f"{', '.join(map(str, PATCHES))}. Received: {name!r}"
        )
    width, depth, heads = SIZES[size]
    return {"width": width, "depth": depth, "heads": heads, "patch_size": int(patch)}
