"""What a run is named after."""

from kpoc.training.plan import make_plan


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
