"""Multi-head self-attention with one fused projection."""

import keras
from keras import layers, ops


@keras.saving.register_keras_serializable(package="kpoc")
class SelfAttention(layers.Layer):
    """`softmax(q k^T / sqrt(d)) v` in every head, between all tokens of an image.

    Query, key and value come from one matrix product (`qkv`, in this order along the
    last axis), which is faster than three.

    Args:
        heads: Number of heads; divides the width.
        qkv_bias: Whether the projection has a bias. Defaults to `True`.
        dropout: Share of the output dropped in training. Defaults to 0.

    Call arguments:
        x: Tokens `(batch, tokens, width)`.

    Returns:
        Tokens of the same shape. `attend` also gives the attention
        `(batch, heads, tokens, tokens)`; its rows sum to 1.

    Reference:
        - [Attention Is All You Need (Vaswani et al., 2017)](
          https://arxiv.org/abs/1706.03762), eq. 1
    """

    def __init__(self, heads, qkv_bias=True, dropout=0.0, **kwargs):
        super().__init__(**kwargs)
        self.heads, self.qkv_bias, self.dropout = heads, qkv_bias, dropout

    def build(self, input_shape):
        width = input_shape[-1]
        if width % self.heads:
            raise ValueError(
                f"`heads` must divide the width, {width}. Received: {self.heads}"
            )
        self.qkv = layers.Dense(
            3 * width, use_bias=self.qkv_bias, name="qkv", dtype=self.dtype_policy
        )
        self.projection = layers.Dense(
            width, name="projection", dtype=self.dtype_policy
        )
        self.drop = layers.Dropout(self.dropout, dtype=self.dtype_policy)
        self.qkv.build(input_shape)
        self.projection.build(input_shape)

    def _query_key_value(self, x):
        tokens, width = x.shape[1:]
        shape = (-1, tokens, self.heads, width // self.heads)
        # split, not sliced: the gradient is one concatenation instead of a sum of three
        parts = ops.split(self.qkv(x), 3, axis=-1)
        return [ops.reshape(part, shape) for part in parts]

    def _project(self, x, width, training):
        x = ops.reshape(x, (-1, x.shape[1], width))
        return self.drop(self.projection(x), training=training)

    def call(self, x, training=None):
        attended = ops.dot_product_attention(*self._query_key_value(x))
        return self._project(attended, x.shape[-1], training)

    def attend(self, x):
        """The output, and the attention that leads to it."""
        query, key, value = self._query_key_value(x)
        scale = query.shape[-1] ** -0.5
        scores = ops.einsum("bqhd,bkhd->bhqk", query * scale, key)
        attention = ops.softmax(scores, axis=-1)
        attended = ops.einsum("bhqk,bkhd->bqhd", attention, value)
        return self._project(attended, x.shape[-1], False), attention

    def compute_output_shape(self, input_shape):
        return input_shape

    def get_config(self):
        return {
            **super().get_config(),
            "heads": self.heads,
            "qkv_bias": self.qkv_bias,
            "dropout": self.dropout,
        }
