"""TensorFlow's SavedModel, for TensorFlow Serving and whatever loads one."""

from __future__ import annotations

from kpoc.exporting.format import CARD, Format, register_format


@register_format("savedmodel")
class SavedModel(Format):
    """A folder with the graph and its variables; the signature `serving_default`."""

    file = "savedmodel"
    resizes_natively = True

    def write(self, model, path, card):
        import tensorflow as tf

        from kpoc.exporting.serving import as_function

        # Keras' own export (3.15) writes every weight twice
        module = tf.Module()
        module.weights = [variable.value for variable in model.variables]
        module.serve = as_function(model)
        tf.saved_model.save(module, path, signatures={"serving_default": module.serve})
        (path / CARD).write_text(card, encoding="utf-8")

    def load(self, path):
        import tensorflow as tf

        signature = tf.saved_model.load(path).signatures["serving_default"]

        def predict(images):
            outputs = signature(images=tf.constant(images))
            return {name: value.numpy() for name, value in outputs.items()}

        return predict
