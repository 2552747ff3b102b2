"""A training step of a PyTorch model."""

import contextlib
import importlib.util

import torch
from torch import library

from vit_peers import CLASSES, LEARNING_RATE, SIDE, WEIGHT_DECAY


@contextlib.contextmanager
def any_torchvision():
    """Lets a torchvision built for CUDA be imported beside a CPU build of PyTorch.

    It lacks its compiled operators there, and its import asks for two of them; models
    of images need neither.
    """
    if importlib.util.find_spec("torchvision") is None or torch.version.cuda:
        yield
        return
    schemas = library.Library("torchvision", "FRAGMENT")
    for name in ("nms", "qnms"):
        with contextlib.suppress(RuntimeError):
            schemas.define(
                f"{name}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor"
            )
    yield


def stepper(model, logits, batch: int, way: str, bfloat16: bool):
    """What makes one step.

    Args:
        model: A module.
        logits: From the module and NCHW images.
        batch: Images a step.
        way: `eager` or `compiled`.
        bfloat16: Whether products are of bfloat16.
    """
    device = "cuda" if torch.cuda.is_available() else "cpu"
    model = model.to(device).train()
    optimizer = torch.optim.AdamW(
        model.parameters(), LEARNING_RATE, weight_decay=WEIGHT_DECAY
    )
    torch.manual_seed(0)
    images = torch.randn(batch, 3, SIDE, SIDE, device=device)
    labels = torch.randint(0, CLASSES, (batch,), device=device)
    run = torch.compile(model) if way == "compiled" else model
    mixed = (
        torch.autocast(device, torch.bfloat16) if bfloat16 else contextlib.nullcontext()
    )

    def step() -> None:
        optimizer.zero_grad()
        with mixed:
            loss = torch.nn.functional.cross_entropy(logits(run, images), labels)
        loss.backward()
        optimizer.step()
        loss.item()

    return step
