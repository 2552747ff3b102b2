"""TensorFlow Lite, now LiteRT, by Keras' own export; checked with LiteRT."""

from __future__ import annotations

import zipfile

from kpoc.exporting.format import CARD, Format, register_format


@register_format("tflite")
class TFLite(Format):
    """One file of built-in operations; the card hangs on it as in a zip archive.

    TensorFlow Lite's own metadata tools attach files in the same way: readers of the
    model take no notice, and `unzip` gets them out.
    """

    file = "model.tflite"
    needs = ("ai_edge_litert",)

    def write(self, model, path, card):
        model.export(path, format="litert", verbose=False)
        with zipfile.ZipFile(path, "a") as archive:
            archive.writestr(CARD, card)

    def load(self, path):
        from ai_edge_litert.interpreter import Interpreter

        # the runner holds no reference on its interpreter
        interpreter = Interpreter(str(path))
        runner = interpreter.get_signature_runner()

        def predict(images, _interpreter=interpreter):
            return runner(images=images)

        return predict
