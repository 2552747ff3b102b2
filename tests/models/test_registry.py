import numpy as np
import pytest

from kpoc.models import backbone_names, get_backbone, register


def test_parameter_counts_are_the_published_ones():
    # keras.applications documents 3.5 M and 2.9 M with the classifier of 1000 classes
    # (1280 and 1024 features); without it:
    assert get_backbone("mobilenet_v2").build(64).count_params() == 2_257_984
    assert get_backbone("mobilenet_v3_small").build(64).count_params() == 939_120
    assert get_backbone("mobilenet_v3_large").build(64).count_params() == 2_996_352


def test_minimalistic_is_another_network():
    entry = get_backbone("mobilenet_v3_small")
    assert entry.build(64, minimalistic=True).count_params() == 441_000


def test_the_input_is_0_to_255_scaled_inside():
    model = get_backbone("mobilenet_v2").build(32, alpha=0.35)
    rescaling = model.layers[1]
    np.testing.assert_allclose(
        rescaling(np.array([0.0, 127.5, 255.0])), [-1.0, 0.0, 1.0]
    )


def test_a_name_is_entered_once():
    assert "small_cnn" in backbone_names()
    with pytest.raises(ValueError, match="small_cnn"):
        register("small_cnn", xla_on_cpu=False)(lambda image_size: None)


def test_an_unknown_name_lists_near_ones():
    with pytest.raises(ValueError, match="mobilenet_v3_small"):
        get_backbone("mobilenet_v3_smal")
