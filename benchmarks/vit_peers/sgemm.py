"""Matrix products alone: what the machine can do at most."""

import tensorflow as tf

SIZE, REPEATS = 2048, 8
FLOPS = REPEATS * 2 * SIZE**3


def make(shape: dict, batch: int, way: str, bfloat16: bool):
    """See the package; the step is `FLOPS` operations, one product after the other."""
    dtype = tf.bfloat16 if bfloat16 else tf.float32
    matrix = tf.cast(tf.random.normal((SIZE, SIZE), stddev=SIZE**-0.5), dtype)

    @tf.function
    def products():
        x = matrix
        for _ in range(REPEATS):
            x = tf.matmul(x, matrix)
        return x[0, 0]

    return lambda: float(products())
