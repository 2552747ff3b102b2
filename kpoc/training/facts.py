"""What a run says of itself before it trains: versions, machine, data, weights."""

from __future__ import annotations

import time

from kpoc import models
from kpoc.runs.record import data_of
from kpoc.training import machine
from kpoc.training.plan import Plan
from kpoc.training.starting import lineage
from kpoc.training.xla import decide_xla


def facts_of(plan: Plan) -> dict[str, object]:
    """The content of run.json that is known before the first step."""
    backbone = models.get_backbone(plan.recipe.model.backbone)
    environment = machine.environment()
    return {
        **({"lineage": lineage(plan.start)} if plan.start else {}),
        "kind": "training" if plan.manifest.counts["test"] else "trial",
        "recipe": plan.recipe.name,
        "seed": plan.recipe.seed,
        "key": plan.key,
        "started": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "versions": machine.versions(),
        "git": machine.git_state(),
        "environment": environment,
        "data": data_of(plan.manifest),
        "weights": {
            **plan.weights,
            "origin": plan.weights.get("origin")
            or backbone.origin(plan.weights["name"]),
        },
        "xla": decide_xla(
            plan.recipe.xla,
            environment["accelerators"],
            backbone.xla_on_cpu,
            environment["backend"],
        ),
    }
