"""What a run is named after."""

from kpoc.recipe import load_recipe
from kpoc.training.plan import make_plan, task_rows


def test_all_that_says_what_a_checkpoint_is_names_the_run(
    workshop, monkeypatch, tmp_path
):
    monkeypatch.chdir(workshop)
    folder = tmp_path / "checkpoint"
    folder.mkdir()

    def key():
        overrides = {"model.backbone": "vit_b16", "model.weights": str(folder)}
        plan = make_plan("baseline.yaml", runs=tmp_path, overrides=overrides)
        return plan.run.path.name

    keys = []
    for file in ("model.safetensors", "config.json", "preprocessor_config.json"):
        for content in ("{}", '{"image_mean": [0, 0, 0]}'):
            (folder / file).write_text(content)
            keys.append(key())
    assert len(set(keys)) == 6
    (folder / "README.md").write_text("read me")
    assert key() == keys[-1]


def test_a_folder_called_as_weights_are_is_not_taken_for_them(
    workshop, monkeypatch, tmp_path
):
    recipe = load_recipe(workshop / "baseline.yaml", {"model.weights": "imagenet"})
    monkeypatch.chdir(workshop)
    rows = task_rows(recipe, None)
    monkeypatch.chdir(tmp_path)
    plan = make_plan(recipe, rows=lambda recipe: rows)
    (tmp_path / "imagenet").mkdir()
    (tmp_path / "imagenet" / "cat.png").write_bytes(b"")
    again = make_plan(recipe, rows=lambda recipe: rows)
    assert again.weights == {"name": "imagenet", "path": None, "sha256": None}
    assert again.run.path == plan.run.path
