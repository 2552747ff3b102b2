"""Learning rates that fall with depth."""

import re

import keras

_BLOCK = re.compile(r"block_(\d+)(?:/|_)")
_BEFORE_BLOCKS = re.compile(r"(^|/)(patches|positions|class_token|input_norm)(/|$)")


def depth_factors(paths, decay):
    """The factor of each variable's learning rate, `decay ** (top - depth)`.

    Depth is 0 for what stands before the blocks of a transformer (patches, positions,
    class token), i + 1 for `block_i`, and the number of blocks + 1, `top`, for what
    comes after them: the last norm and the heads keep the full rate.

    Args:
        paths: Paths of variables, e.g. `vit/block_3/attention/qkv/kernel`.
        decay: In (0, 1]; 1 changes nothing.

    Returns:
        A list of factors, one a path.

    Raises:
        ValueError: `decay` is out of range, or no path names a block.

    Example:
        >>> depth_factors(["vit/patches/kernel", "vit/block_0/out/kernel", "h"], 0.5)
        [0.25, 0.5, 1.0]

    Reference:
        - [BEiT (Bao et al., 2021)](https://arxiv.org/abs/2106.08254), appendix; as in
          [ELECTRA (Clark et al., 2020)](https://arxiv.org/abs/2003.10555).
    """
    if not 0 < decay <= 1:
        raise ValueError(f"`decay` must be in (0, 1]. Received: {decay!r}")
    found = [_BLOCK.search(path) for path in paths]
    blocks = [int(match.group(1)) for match in found if match]
    if not blocks:
        raise ValueError(
            "`paths` must hold variables of blocks (block_0/...), as those of "
            f"kpoc.models.ViT. Received: {list(paths)[:5]}"
        )
    top = max(blocks) + 2
    factors = []
    for path, match in zip(paths, found, strict=True):
        depth = int(match.group(1)) + 1 if match else top
        if _BEFORE_BLOCKS.search(path):
            depth = 0
        factors.append(decay ** (top - depth))
    return factors


def with_layer_decay(optimizer, decay):
    """Makes an optimizer update deep layers slower; see `depth_factors`.

    Works for any Keras optimizer on the TensorFlow and JAX backends, decoupled weight
    decay included, which is scaled too. The factors are not part of the optimizer's
    config: apply this again to a model that was loaded to be trained on.

    Args:
        optimizer: A Keras optimizer; it is changed.
        decay: In (0, 1].

    Returns:
        The optimizer.

    Raises:
        ValueError: `decay` is out of range; the backend is PyTorch, whose optimizers
            update all variables at once.

    Example:
        >>> adamw = with_layer_decay(keras.optimizers.AdamW(1e-4), decay=0.75)
    """
    depth_factors(["block_0/"], decay)
    if keras.backend.backend() == "torch":
        raise ValueError(
            "`decay` is not available on the PyTorch backend, whose optimizers update "
            f"all variables at once. Received: decay={decay!r}"
        )
    if isinstance(optimizer, keras.optimizers.LossScaleOptimizer):
        # it hands the gradients on to the optimizer inside, which updates
        with_layer_decay(optimizer.inner_optimizer, decay)
        return optimizer
    update_step = optimizer.update_step
    apply_weight_decay = optimizer._apply_weight_decay

    def factor_of(variable):
        if not hasattr(optimizer, "_layer_factors"):
            paths = [known.path for known in optimizer._trainable_variables]
            optimizer._layer_factors = depth_factors(paths, decay)
        return optimizer._layer_factors[optimizer._get_variable_index(variable)]

    def scaled_step(gradient, variable, learning_rate):
        return update_step(gradient, variable, learning_rate * factor_of(variable))

    def scaled_decay(variables):
        whole = optimizer.weight_decay
        if whole is None:
            return
        for variable in variables:
            optimizer.weight_decay = whole * factor_of(variable)
            apply_weight_decay([variable])
        optimizer.weight_decay = whole

    optimizer.update_step = scaled_step
    optimizer._apply_weight_decay = scaled_decay
    return optimizer
