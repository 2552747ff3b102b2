"""Several workers on one search, over KerasTuner's service."""

import dataclasses

from tuning.folder import Folder


def numbers_of(records):
    return [dataclasses.replace(one, seconds=0.0) for one in records]


def test_two_workers_share_the_trials_each_in_a_folder_of_its_own(
    plain, in_folder, served
):
    searched = served(in_folder(plain))
    folder = searched.prepared.folder
    own = {name: in_folder(plain, name) for name in ("worker-1", "worker-2")}
    for name, prepared in own.items():
        searched.worker(name, prepared, EPOCH_SECONDS="0.05")
    records = searched.wait()
    assert [one.number for one in records] == list(range(8))
    assert all(one.is_complete and one.epochs == 4 for one in records)
    logs = {
        name: sorted(file.parent.name for file in prepared.folder.path.glob("*/*/log*"))
        for name, prepared in own.items()
    }
    assert all(logs.values()), "both had trials"
    assert sorted(sum(logs.values(), [])) == [f"{number:04}" for number in range(8)]
    # the chief has what its page and a further search need
    for name, done in logs.items():
        for trial in done:
            recipe = f"trials/{trial}/recipe.yaml"
            theirs = (own[name].folder.path / recipe).read_text()
            assert (folder.path / recipe).read_text() == theirs
    assert not list(own["worker-1"].folder.path.glob("trials/*/trial.json"))


def test_one_worker_makes_the_trials_of_a_search_without(
    prepared_in, run, in_folder, served, tmp_path
):
    # conditions, halved batches, failures and stopped trials go over the network too
    text = """
    median_rule: {after_trials: 3, after_epochs: 2}
    smallest_batch_size: 8
    keys:
      optimizer.name: {kind: choice, values: [adam, sgd]}
      optimizer.momentum:
        {kind: float, low: 0, high: 0.9, when: {optimizer.name: [sgd]}}
      optimizer.learning_rate: {kind: float, low: 1e-4, high: 1e-1, scale: log}
      model.dropout: {kind: choice, values: [0.0, 0.1, 0.2, 0.5]}
    """
    prepared = prepared_in(tmp_path, text, trials=8)
    variables = {"LARGEST_BATCH": "16"}
    expected = run(prepared, folder="alone", **variables)
    assert {one.stopped for one in expected} == {True, False}
    assert {one.is_complete for one in expected} == {True, False}
    assert all(one.smaller == [32] for one in expected)
    searched = served(in_folder(prepared))
    searched.worker("worker-1", **variables)
    assert numbers_of(searched.wait()) == numbers_of(expected)
    # and goes on without
    more = dataclasses.replace(
        prepared, settings=dataclasses.replace(prepared.settings, trials=9)
    )
    longer = run(more, folder="alone", **variables)
    assert numbers_of(run(more, folder="search", **variables)) == numbers_of(longer)


def test_hyperband_is_shared_as_well(plain, in_folder, served):
    settings = dataclasses.replace(plain.settings, trials=7)
    prepared = dataclasses.replace(plain, method="hyperband", settings=settings)
    searched = served(in_folder(prepared))
    for name in ("worker-1", "worker-2"):
        searched.worker(name)
    records = searched.wait()
    assert sorted(one.epochs for one in records) == [2] * 5 + [4] * 2
    assert all(one.epochs == one.budget for one in records)


def test_a_late_worker_joins_and_the_last_trials_are_waited_for(
    plain, in_folder, served, capsys
):
    settings = dataclasses.replace(plain.settings, trials=4)
    searched = served(in_folder(dataclasses.replace(plain, settings=settings)))
    searched.worker("worker-1", EPOCH_SECONDS="0.2")
    folder = Folder(searched.prepared.folder.path)
    searched.until(lambda: folder.record(0))
    searched.worker("worker-2", EPOCH_SECONDS="0.2")
    assert len(searched.wait()) == 4
    said = capsys.readouterr().out
    assert said.index("worker-1@") < said.index("1/4") < said.index("worker-2@")
