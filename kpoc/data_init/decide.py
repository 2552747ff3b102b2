"""Decides how somebody's rows are chosen and divided: the steps of a protocol."""

from __future__ import annotations

from collections.abc import Sequence

from kpoc.data_init.declare import declare_columns
from kpoc.data_init.divide import divide, take_given
from kpoc.data_init.leave_out import (
    deduplicate,
    leave_out_rare,
    leave_out_strangers,
    leave_out_unreadable,
    settle_given,
)
from kpoc.data_init.look import Look
from kpoc.data_init.plan import Plan


def make_plan(look: Look, unreadable: Sequence[str] = ()) -> Plan:
    """Plans the steps for what was seen.

    Args:
        look: What was seen.
        unreadable: The ids of images that cannot be decoded.

    Raises:
        SourceError: The rows do not suffice for three splits; says for which class.
    """
    plan = Plan(
        look.listing.frame.assign(split="", stratum=""),
        look.targets,
        look.split_column,
        look.splits,
        look.together,
    )
    leave_out_unreadable(plan, unreadable)
    leave_out_strangers(plan)
    if plan.splits:
        leave_out_rare(plan)
        settle_given(plan)
        # before copies are left out, so that they leave no test that is given
        take_given(plan)
    deduplicate(plan)
    leave_out_rare(plan)
    declare_columns(plan, look.groups)
    divide(plan)
    return plan
