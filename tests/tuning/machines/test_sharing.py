"""Several workers on one search, over KerasTuner's service."""


def test_two_workers_share_the_trials(plain, in_folder, served):
    searched = served(in_folder(plain))
    for name in ("worker-1", "worker-2"):
        searched.worker(name, EPOCH_SECONDS="0.05")
    records = searched.wait()
    assert [one.number for one in records] == list(range(8))
    assert all(one.is_complete and one.epochs == 4 for one in records)
    for one in records:
        log = searched.prepared.folder.trial(one.number) / "log.txt"
        assert log.read_text().count("training") == 1


def test_one_worker_makes_the_trials_of_a_search_without(plain, run, in_folder, served):
    expected = run(plain, folder="alone")
    searched = served(in_folder(plain))
    searched.worker("worker-1")
    found = searched.wait()
    assert [one.levels for one in found] == [one.levels for one in expected]
    assert [one.numbers for one in found] == [one.numbers for one in expected]
