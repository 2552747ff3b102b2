"""ONNX, by Keras' own export and tf2onnx; checked with ONNX Runtime."""

from __future__ import annotations

from kpoc.exporting.format import Format, register_format

_DIMENSIONS = ("batch", "height", "width")


@register_format("onnx")
class Onnx(Format):
    """One file; the card is its metadata property `kpoc`."""

    file = "model.onnx"
    needs = ("onnx", "onnxruntime", "tf2onnx")

    def write(self, model, path, card):
        import keras
        import onnx

        # without a signature Keras refuses a model that was never called eagerly
        images = keras.InputSpec("uint8", (None, None, None, 3), name="images")
        model.export(path, format="onnx", input_signature=[images], verbose=False)

        written = onnx.load(path)
        for value in (*written.graph.input, *written.graph.output):
            shape = value.type.tensor_type.shape.dim
            for dimension, name in zip(shape, _DIMENSIONS, strict=False):
                if not dimension.HasField("dim_value"):
                    dimension.dim_param = name
        onnx.helper.set_model_props(written, {"kpoc": card})
        onnx.checker.check_model(written)
        onnx.save(written, path)

    def load(self, path):
        import onnxruntime

        session = onnxruntime.InferenceSession(path)
        names = [output.name for output in session.get_outputs()]

        def predict(images):
            outputs = session.run(names, {"images": images})
            return dict(zip(names, outputs, strict=True))

        return predict
