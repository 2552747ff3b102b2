"""Data-parallel training: several devices of a process, several processes and hosts.

Every process reads its rows of each batch, runs the same steps as all others and sees
the same metrics, so that all decide alike. The first one writes the run directory.
`docs/several_machines.md` says how they are started.
"""
