"""A transformer block, and what may stand on its residual branches."""

import keras
from keras import layers, ops

from kpoc.models.vit.attention import SelfAttention


def quick_gelu(x):
    """`x * sigmoid(1.702 x)`, the approximation of GELU that CLIP is trained with."""
    return x * ops.sigmoid(1.702 * x)


ACTIVATIONS = {"gelu": keras.activations.gelu, "quick_gelu": quick_gelu}


@keras.saving.register_keras_serializable(package="kpoc")
class LayerScale(layers.Layer):
    """A learnt factor for each channel of a residual branch.

    Args:
        initial: Where the factors start, e.g. 1e-5.

    Reference:
        - [Going deeper with Image Transformers (Touvron et al., 2021)](
          https://arxiv.org/abs/2103.17239), eq. 2
    """

    def __init__(self, initial, **kwargs):
        super().__init__(**kwargs)
        self.initial = initial

    def build(self, input_shape):
        self.gamma = self.add_weight(
            shape=(input_shape[-1],),
            initializer=keras.initializers.Constant(self.initial),
            name="gamma",
        )

    def call(self, x):
        return x * self.gamma

    def compute_output_shape(self, input_shape):
        return input_shape

    def get_config(self):
        return {**super().get_config(), "initial": self.initial}


@keras.saving.register_keras_serializable(package="kpoc")
class StochasticDepth(layers.Layer):
    """Drops the residual branch of an image in training, as a whole.

    What is kept is divided by `1 - rate`, so that its mean stays.

    Args:
        rate: Probability of dropping, in [0, 1).
        seed: Of the draws.

    Reference:
        - [Deep Networks with Stochastic Depth (Huang et al., 2016)](
          https://arxiv.org/abs/1603.09382); scaled in training, as in timm.
    """

    def __init__(self, rate, seed=None, **kwargs):
        super().__init__(**kwargs)
        if not 0 <= rate < 1:
            raise ValueError(f"`rate` must be in [0, 1). Received: {rate!r}")
        self.rate, self.seed = rate, seed
        self.generator = keras.random.SeedGenerator(seed)
        self.built = True

    def call(self, x, training=None):
        if not training or not self.rate:
            return x
        shape = (ops.shape(x)[0],) + (1,) * (len(x.shape) - 1)
        drawn = keras.random.uniform(shape, seed=self.generator, dtype=x.dtype)
        kept = ops.cast(drawn >= self.rate, x.dtype)
        return x * kept / (1 - self.rate)

    def compute_output_shape(self, input_shape):
        return input_shape

    def get_config(self):
        return {**super().get_config(), "rate": self.rate, "seed": self.seed}


@keras.saving.register_keras_serializable(package="kpoc")
class TransformerBlock(layers.Layer):
    """`x + A(norm(x))`, then `x + M(norm(x))`: attention, then a two-layer MLP.

    Args:
        heads: Attention heads.
        mlp_width: Units of the hidden layer.
        activation: `"gelu"` (exact) or `"quick_gelu"`. Defaults to `"gelu"`.
        epsilon: Of the layer norms. Defaults to 1e-6.
        qkv_bias: Whether query, key and value have a bias. Defaults to `True`.
        layer_scale: Initial factor of both branches, or `None` for no layer scale.
        dropout: Share dropped of each branch's output. Defaults to 0.
        stochastic_depth: Probability of dropping a branch. Defaults to 0.

    Call arguments:
        x: Tokens `(batch, tokens, width)`.

    Reference:
        - [Dosovitskiy et al., 2020](https://arxiv.org/abs/2010.11929), eq. 2 and 3
    """

    def __init__(
        self,
        heads,
        mlp_width,
        activation="gelu",
        epsilon=1e-6,
        qkv_bias=True,
        layer_scale=None,
        dropout=0.0,
        stochastic_depth=0.0,
        **kwargs,
    ):
        super().__init__(**kwargs)
        if activation not in ACTIVATIONS:
            raise ValueError(
                f"`activation` must be one of {list(ACTIVATIONS)}. "
                f"Received: {activation!r}"
            )
        self.config = {
            "heads": heads,
            "mlp_width": mlp_width,
            "activation": activation,
            "epsilon": epsilon,
            "qkv_bias": qkv_bias,
            "layer_scale": layer_scale,
            "dropout": dropout,
            "stochastic_depth": stochastic_depth,
        }
        of_policy = {"dtype": self.dtype_policy}
        self.attention_norm = layers.LayerNormalization(
            epsilon=epsilon, name="attention_norm", **of_policy
        )
        self.attention = SelfAttention(
            heads, qkv_bias, dropout, name="attention", **of_policy
        )
        self.mlp_norm = layers.LayerNormalization(
            epsilon=epsilon, name="mlp_norm", **of_policy
        )
        self.hidden = layers.Dense(
            mlp_width, activation=ACTIVATIONS[activation], name="hidden", **of_policy
        )
        self.attention_scale = self.mlp_scale = None
        if layer_scale is not None:
            self.attention_scale = LayerScale(
                layer_scale, name="attention_scale", **of_policy
            )
            self.mlp_scale = LayerScale(layer_scale, name="mlp_scale", **of_policy)
        self.drop = layers.Dropout(dropout, **of_policy)
        self.attention_depth = StochasticDepth(stochastic_depth, **of_policy)
        self.mlp_depth = StochasticDepth(stochastic_depth, **of_policy)

    def build(self, input_shape):
        width = input_shape[-1]
        self.out = layers.Dense(width, name="out", dtype=self.dtype_policy)
        for layer in (
            self.attention_norm,
            self.attention,
            self.mlp_norm,
            self.hidden,
            self.attention_scale,
            self.mlp_scale,
        ):
            if layer is not None:
                layer.build(input_shape)
        self.out.build((*input_shape[:-1], self.config["mlp_width"]))

    def call(self, x, training=None):
        branch = self.attention(self.attention_norm(x), training=training)
        return self._after_attention(x, branch, training)

    def attend(self, x):
        """The output, and the attention of this block."""
        branch, attention = self.attention.attend(self.attention_norm(x))
        return self._after_attention(x, branch, False), attention

    def _after_attention(self, x, branch, training):
        if self.attention_scale is not None:
            branch = self.attention_scale(branch)
        x = x + self.attention_depth(branch, training=training)
        branch = self.out(self.hidden(self.mlp_norm(x)))
        branch = self.drop(branch, training=training)
        if self.mlp_scale is not None:
            branch = self.mlp_scale(branch)
        return x + self.mlp_depth(branch, training=training)

    def compute_output_shape(self, input_shape):
        return input_shape

    def get_config(self):
        return {**super().get_config(), **self.config}
