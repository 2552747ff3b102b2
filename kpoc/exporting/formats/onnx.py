"""ONNX, by tf2onnx; checked with ONNX Runtime."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import numpy as np

from kpoc.exporting.format import Format, register_format

_DIMENSIONS = ("batch", "height", "width")


def _erfc(ctx, node, name, args):
    """TensorFlow's GELU has erfc, which ONNX has not: 1 - erf.

    A handler of tf2onnx: a function of the graph, the node to convert, and its name.
    """
    from tf2onnx.utils import make_name, map_onnx_to_numpy_type

    shape, dtype = ctx.get_shape(node.output[0]), ctx.get_dtype(node.output[0])
    outputs = node.output
    erf = ctx.make_node("Erf", node.input, shapes=[shape], dtypes=[dtype])
    one = ctx.make_const(make_name("one"), np.ones((), map_onnx_to_numpy_type(dtype)))
    ctx.remove_node(name)
    ctx.make_node(
        "Sub",
        [one.output[0], erf.output[0]],
        name=name,
        outputs=outputs,
        shapes=[shape],
        dtypes=[dtype],
    )


@contextlib.contextmanager
def _inlined() -> Iterator[None]:
    """Traces functions within functions as part of the outer one.

    Keras wraps grouped convolutions into a function of their own, for XLA.
    """
    import tensorflow as tf

    before = tf.config.functions_run_eagerly()
    tf.config.run_functions_eagerly(True)
    try:
        yield
    finally:
        tf.config.run_functions_eagerly(before)


@register_format("onnx")
class Onnx(Format):
    """One file; the card is its metadata property `kpoc`."""

    file = "model.onnx"
    needs = ("onnx", "onnxruntime", "tf2onnx")

    def write(self, model, path, card):
        import onnx
        import tf2onnx
        from tensorflow.python.framework import convert_to_constants

        from kpoc.exporting.serving import as_function

        # Keras' own export (3.15) leaves constants of some layers to be fed at run time
        with _inlined():
            graph = as_function(model).get_concrete_function()
        frozen = convert_to_constants.convert_variables_to_constants_v2(graph)
        names = dict(zip(sorted(graph.structured_outputs), frozen.outputs, strict=True))
        converted, _ = tf2onnx.convert.from_graph_def(
            frozen.graph.as_graph_def(),
            input_names=["images:0"],
            output_names=[tensor.name for tensor in names.values()],
            tensors_to_rename={
                "images:0": "images",
                **{tensor.name: name for name, tensor in names.items()},
            },
            custom_op_handlers={"Erfc": (_erfc, [])},
        )
        for value in (*converted.graph.input, *converted.graph.output):
            shape = value.type.tensor_type.shape.dim
            for dimension, name in zip(shape, _DIMENSIONS, strict=False):
                if not dimension.HasField("dim_value"):
                    dimension.dim_param = name
        onnx.helper.set_model_props(converted, {"kpoc": card})
        onnx.checker.check_model(converted)
        onnx.save(converted, path)

    def load(self, path):
        import onnxruntime

        session = onnxruntime.InferenceSession(path)
        names = [output.name for output in session.get_outputs()]

        def predict(images):
            outputs = session.run(names, {"images": images})
            return dict(zip(names, outputs, strict=True))

        return predict
