import keras
import pytest

from kpoc.models import get_backbone


def momenta(model):
    return {
        layer.momentum
        for layer in model.layers[-1].layers
        if isinstance(layer, keras.layers.BatchNormalization)
    }


@pytest.mark.parametrize("padding", ["keras", "symmetric"])
def test_batch_norm_momentum_reaches_every_layer(padding):
    build = get_backbone("mobilenet_v3_small").build
    assert momenta(build(32, padding=padding)) == {0.999}
    model = build(32, padding=padding, batch_norm_momentum=0.9)
    assert momenta(model) == {0.9}
    assert momenta(keras.Model.from_config(model.get_config())) == {0.9}


def test_an_unknown_padding_names_the_known_ones():
    with pytest.raises(ValueError, match=r"\['keras', 'symmetric'\].*'torch'"):
        get_backbone("mobilenet_v2").build(32, padding="torch")


def test_downloaded_weights_have_keras_padding():
    with pytest.raises(ValueError, match="imagenet"):
        get_backbone("mobilenet_v2").build(32, "imagenet", padding="symmetric")


@pytest.mark.parametrize("padding", ["keras", "symmetric"])
def test_a_file_that_holds_no_weights_is_named(tmp_path, padding):
    (tmp_path / "cut.h5").write_bytes(b"\x89HDF")
    with pytest.raises(ValueError, match=r"whole HDF5 file.*cut\.h5"):
        get_backbone("mobilenet_v2").build(
            32, str(tmp_path / "cut.h5"), padding=padding
        )
