import numpy as np
import pytest

from kpoc import models
from kpoc.models.loading import load
from kpoc.recipe import load_recipe

SMALL = {"image_size": 32, "model.options": {"width": 8, "stages": 2}}


@pytest.fixture(scope="module")
def built():
    recipe = load_recipe("portraits/baseline", SMALL)
    return models.build(recipe.model, recipe.task, 32, {"age": 3.0})


def images(count, height, width):
    rng = np.random.default_rng(0)
    return rng.integers(0, 256, (count, height, width, 3), dtype="uint8")


def test_uint8_of_any_size_gives_a_dict_of_outputs(built):
    for size in ((32, 32), (50, 41), (20, 90)):
        outputs = built(images(2, *size))
        shapes = {name: tuple(value.shape) for name, value in outputs.items()}
        assert shapes == {"age": (2, 1), "kind": (2, 1), "tribe": (2, 4)}


def test_a_regression_head_starts_at_the_given_value(built):
    assert built.get_layer("core").get_layer("age").bias.numpy().tolist() == [3.0]


def test_the_resize_in_front_does_nothing_at_the_native_size(built):
    batch = images(3, 32, 32)
    whole, core = built(batch), built.get_layer("core")(batch)
    for name in whole:
        np.testing.assert_array_equal(whole[name], core[name])


def test_the_resize_is_antialiased_and_rounded():
    # halving the size: the triangle filter of width 4 weighs 1, 3, 3, 1 (of 8); at
    # the borders what would lie outside is left out
    row = np.arange(0, 160, 20, dtype="float64")
    picture = np.tile(row[None, :, None], (8, 1, 3)).astype("uint8")
    expected = [
        (3 * row[0] + 3 * row[1] + row[2]) / 7,
        (row[1] + 3 * row[2] + 3 * row[3] + row[4]) / 8,
        (row[3] + 3 * row[4] + 3 * row[5] + row[6]) / 8,
        (row[5] + 3 * row[6] + 3 * row[7]) / 7,
    ]
    resized = np.asarray(models.ImagesToSize(4)(picture[None]))
    np.testing.assert_array_equal(resized[0, 1, :, 0], np.round(expected))


def test_a_saved_model_is_the_same_in_another_process_state(built, tmp_path):
    built.save(tmp_path / "model.keras")
    again = load(tmp_path / "model.keras")
    batch = images(2, 45, 60)
    for name, value in built(batch).items():
        np.testing.assert_allclose(again(batch)[name], value, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize(
    ("change", "error", "parts"),
    [
        ({"model.backbone": "mobilnet_v2"}, ValueError, ["mobilenet_v2", "mobilnet"]),
        (
            {"model.options": {"widht": 3, "units": "x", "stages": 0}},
            ValueError,
            ["3 problem", "`model.options`", "`width`?", "`units`", "greater than"],
        ),
        ({"image_size": 8}, ValueError, ["at least 16", "8"]),
        ({"model.weights": "no/file.h5"}, FileNotFoundError, ["null", "no/file.h5"]),
    ],
)
def test_errors(change, error, parts):
    recipe = load_recipe("portraits/baseline", change)
    with pytest.raises(error) as caught:
        models.build(recipe.model, recipe.task, recipe.image_size)
    for part in parts:
        assert part in str(caught.value)
