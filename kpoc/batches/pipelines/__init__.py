"""Rows to batches: one file a way to do it.

Each has the functions of `kpoc.batches.pipeline` and gives the same batches. A backend
that is not named takes plain arrays, which need nothing but Keras.
"""

BY_BACKEND = {"tensorflow": "tf_data"}
OTHERS = "arrays"
