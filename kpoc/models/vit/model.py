"""ViT: images to features, or to the logits of its classifier."""

import random

import keras
from keras import layers, ops

from kpoc.models.vit.block import TransformerBlock
from kpoc.models.vit.patches import PatchEmbedding
from kpoc.models.vit.positions import PositionEmbedding


def _token(x):
    return x[:, 0]


def _mean(x):
    return ops.mean(x[:, 1:], axis=1)


def _token_and_mean(x):
    return ops.concatenate([_token(x), _mean(x)], axis=-1)


POOLINGS = {
    "token": _token,
    "mean": _mean,
    "token_and_mean": _token_and_mean,
    "pooler": _token,
    "none": lambda x: x,
}


@keras.saving.register_keras_serializable(package="kpoc")
class ViT(keras.Model):
    """Vision transformer.

    Args:
        image_size: Side in pixels, or height and width, whose grid of patches the
            position embedding has; other sizes are interpolated.
        patch_size: Side of a patch in pixels.
        width: Length of a token.
        depth: Number of blocks.
        heads: Attention heads of a block.
        mlp_width: Hidden units of a block's MLP. Defaults to 4 times the width.
        num_classes: Units of the classifier, or `None` for features.
        pooling: What the features are, after the final norm: `"token"` (the class
            token), `"mean"` of the patches, `"token_and_mean"` (both, one after the
            other, as DINOv2's classifier takes them), `"pooler"` (class token through
            a dense layer and tanh), `"none"` (all tokens). Defaults to `"token"`.
        activation: `"gelu"` or `"quick_gelu"`. Defaults to `"gelu"`.
        epsilon: Of the layer norms. Defaults to 1e-6.
        qkv_bias: Whether query, key and value have a bias. Defaults to `True`.
        patch_bias: Whether the patch embedding has one. Defaults to `True`.
        pre_norm: Whether a layer norm stands before the blocks too, as in CLIP.
        layer_scale: Initial factor of the residual branches, or `None` for none.
        dropout: Share of each branch's output dropped in training.
        stochastic_depth: Probability of dropping a branch of the last block; it grows
            linearly from 0 at the first one.
        channels: Channels of the images, or of the feature maps that stand for them in
            a hybrid. Defaults to 3.

    Call arguments:
        images: Normalised floats `(batch, height, width, 3)`; static sizes that the
            patch divides.

    Returns:
        `(batch, num_classes)` logits, or features as `pooling` says.

    Raises:
        ValueError: The patch does not divide the image, the heads not the width, or
            an option is unknown.

    Example:
        >>> import numpy as np
        >>> vit = ViT(32, patch_size=8, width=12, depth=2, heads=3, num_classes=5)
        >>> images = np.zeros((1, 32, 32, 3), "float32")
        >>> tuple(vit(images).shape)
        (1, 5)
        >>> [tuple(a.shape) for a in vit.attentions(images)]
        [(1, 3, 17, 17), (1, 3, 17, 17)]

    Reference:
        - [An Image is Worth 16x16 Words: Transformers for Image Recognition at Scale
          (Dosovitskiy et al., 2020)](https://arxiv.org/abs/2010.11929)
    """

    def __init__(
        self,
        image_size,
        *,
        patch_size,
        width,
        depth,
        heads,
        mlp_width=None,
        num_classes=None,
        pooling="token",
        activation="gelu",
        epsilon=1e-6,
        qkv_bias=True,
        patch_bias=True,
        pre_norm=False,
        layer_scale=None,
        dropout=0.0,
        stochastic_depth=0.0,
        channels=3,
        **kwargs,
    ):
        super().__init__(**{"name": "vit", **kwargs})
        if pooling not in POOLINGS:
            raise ValueError(
                f"`pooling` must be one of {list(POOLINGS)}. Received: {pooling!r}"
            )
        if num_classes is not None and pooling == "none":
            raise ValueError(
                "`pooling` must give one vector an image where `num_classes` asks for "
                "a classifier. Received: 'none'"
            )
        if isinstance(image_size, int):
            image_size = (image_size, image_size)
        self.config = {
            "image_size": list(image_size),
            "patch_size": patch_size,
            "width": width,
            "depth": depth,
            "heads": heads,
            "mlp_width": mlp_width or 4 * width,
            "num_classes": num_classes,
            "pooling": pooling,
            "activation": activation,
            "epsilon": epsilon,
            "qkv_bias": qkv_bias,
            "patch_bias": patch_bias,
            "pre_norm": pre_norm,
            "layer_scale": layer_scale,
            "dropout": dropout,
            "stochastic_depth": stochastic_depth,
            "channels": channels,
        }
        of_policy = {"dtype": self.dtype_policy}
        self.patches = PatchEmbedding(
            patch_size, width, patch_bias, name="patches", **of_policy
        )
        grid = self.patches.grid((None, *image_size, channels))
        self.positions = PositionEmbedding(grid, name="positions", **of_policy)
        self.input_norm = None
        if pre_norm:
            self.input_norm = layers.LayerNormalization(
                epsilon=epsilon, name="input_norm", **of_policy
            )
        self.blocks = [
            TransformerBlock(
                heads,
                self.config["mlp_width"],
                activation=activation,
                epsilon=epsilon,
                qkv_bias=qkv_bias,
                layer_scale=layer_scale,
                dropout=dropout,
                stochastic_depth=stochastic_depth * index / max(1, depth - 1),
                name=f"block_{index}",
                **of_policy,
            )
            for index in range(depth)
        ]
        self.norm = layers.LayerNormalization(epsilon=epsilon, name="norm", **of_policy)
        self.pooler = self.classifier = None
        if pooling == "pooler":
            self.pooler = layers.Dense(
                width, activation="tanh", name="pooler", **of_policy
            )
        if num_classes is not None:
            self.classifier = layers.Dense(num_classes, name="classifier", **of_policy)
        self.build((None, *image_size, channels))

    def build(self, input_shape):
        if self.built:
            return
        width = self.config["width"]
        tokens = (None, None, width)
        self.patches.build(input_shape)
        self.class_token = self.add_weight(
            shape=(1, 1, width),
            initializer=keras.initializers.TruncatedNormal(stddev=0.02),
            name="class_token",
        )
        for layer in (self.positions, self.input_norm, *self.blocks, self.norm):
            if layer is not None:
                layer.build(tokens)
        if self.pooler is not None:
            self.pooler.build((None, width))
        if self.classifier is not None:
            both = self.config["pooling"] == "token_and_mean"
            self.classifier.build((None, 2 * width if both else width))
        self.built = True

    def embed(self, images):
        """Tokens with their positions, before the blocks."""
        patches = self.patches(images)
        token = ops.cast(self.class_token, patches.dtype)
        token = ops.tile(token, (ops.shape(patches)[0], 1, 1))
        x = ops.concatenate([token, patches], axis=1)
        x = self.positions(x, grid=self.patches.grid(images.shape))
        return x if self.input_norm is None else self.input_norm(x)

    def call(self, images, training=None):
        x = self.embed(images)
        return self.finish(self.run_blocks(x, 0, len(self.blocks), training))

    def run_blocks(self, x, first, last, training=False):
        """Tokens through the blocks from number `first` up to, without, `last`."""
        for block in self.blocks[first:last]:
            x = block(x, training=training)
        return x

    def finish(self, x):
        """From the tokens after the last block to features, or to logits."""
        x = POOLINGS[self.config["pooling"]](self.norm(x))
        if self.pooler is not None:
            x = self.pooler(x)
        return x if self.classifier is None else self.classifier(x)

    def tokens(self, images):
        """All tokens after the final norm, `(batch, tokens, width)`."""
        return self.norm(self.hidden_states(images)[-1])

    def hidden_states(self, images):
        """Tokens before the first block, then after each: a list of depth + 1."""
        states = [self.embed(self._cast(images))]
        for block in self.blocks:
            states.append(block(states[-1], training=False))
        return states

    def attentions(self, images):
        """Attention of each block, `(batch, heads, tokens, tokens)`; rows sum to 1.

        Token 0 is the class token, the others are the patches row by row. Nothing is
        built anew: the same weights are run through a path that keeps the attention.
        """
        x, kept = self.embed(self._cast(images)), []
        for block in self.blocks:
            x, attention = block.attend(x)
            kept.append(attention)
        return kept

    def resized(self, image_size):
        """A copy whose native size is another; its positions are interpolated once.

        Args:
            image_size: Side in pixels, or height and width.
        """
        state = random.getstate()
        copy = ViT(**self.config | {"image_size": image_size}, dtype=self.dtype_policy)
        # all its numbers are replaced: layers that are made next draw as without it
        random.setstate(state)
        for new, old in zip(copy.weights, self.weights, strict=True):
            if old is not self.positions.position_embedding:
                new.assign(old)
        table = self.positions.table(copy.positions.grid)
        copy.positions.position_embedding.assign(table)
        return copy

    def _cast(self, images):
        return ops.convert_to_tensor(images, dtype=self.compute_dtype)

    def compute_output_shape(self, input_shape):
        if None not in input_shape[1:3]:
            # here too: Keras takes this method's word for it, without a call
            self.patches.grid(input_shape)
        if self.classifier is not None:
            return (input_shape[0], self.config["num_classes"])
        width = self.config["width"]
        if self.config["pooling"] == "none":
            rows, columns = self.patches.grid(input_shape)
            return (input_shape[0], 1 + rows * columns, width)
        both = self.config["pooling"] == "token_and_mean"
        return (input_shape[0], 2 * width if both else width)

    def get_config(self):
        return {**super().get_config(), **self.config}

    @classmethod
    def from_huggingface(cls, folder, **changes):
        """Reads a checkpoint; see `kpoc.models.checkpoints.read_vit`."""
        from kpoc.models.checkpoints import read_vit

        return read_vit(folder, **changes)

    def save_huggingface(self, folder, **facts):
        """Writes a checkpoint; see `kpoc.models.checkpoints.write_vit`."""
        from kpoc.models.checkpoints import write_vit

        write_vit(self, folder, **facts)
