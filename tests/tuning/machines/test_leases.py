"""For how long a worker is believed to be alive, by a clock of the test."""

from tuning.machines.leases import Leases


def test_a_lease_runs_out_unless_it_is_renewed():
    now = [100.0]
    leases = Leases(10.0, lambda: now[0])
    leases.renew("worker-1")
    leases.renew("worker-2")
    now[0] = 109.9
    leases.renew("worker-2")
    assert leases.living() == ["worker-1", "worker-2"]
    now[0] = 110.0
    assert not leases.holds("worker-1") and leases.holds("worker-2")
    leases.renew("worker-1")
    assert leases.holds("worker-1"), "it was only slow"
    assert not leases.holds("worker-3"), "nobody has heard of it"


def test_who_is_known_to_be_gone_and_who_knows_of_the_end():
    leases = Leases(10.0, lambda: 0.0)
    for worker in ("chief/1@one:7", "chief/10@one:8", "worker-1@two:7"):
        leases.renew(worker)
    leases.end("chief/1@")
    assert leases.living() == ["chief/10@one:8", "worker-1@two:7"]
    leases.forget("worker-1@two:7")
    assert leases.living() == ["chief/10@one:8"]
    leases.end("chief/")
    assert leases.living() == []
