"""What a run says about the machine and the software that made it."""

from __future__ import annotations

import os
import platform
import resource
import subprocess
import sys
from collections.abc import Mapping
from importlib import metadata
from pathlib import Path

import psutil

from kpoc.ground.text import this_command
from kpoc.version import __version__

_PACKAGES = (
    "keras",
    "tensorflow",
    "jax",
    "torch",
    "numpy",
    "pandas",
    "opencv-python-headless",
)


def versions() -> dict[str, str]:
    """Versions of kpoc, Python and the libraries that shape results."""
    found = {"kpoc": __version__, "python": platform.python_version()}
    for name in _PACKAGES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return found


def git_state() -> dict[str, object] | None:
    """Commit of kpoc's checkout and whether it was changed; None outside of one."""

    def git(*words: str) -> str:
        command = ["git", "-C", str(Path(__file__).parent), *words]
        done = subprocess.run(command, capture_output=True, check=True)
        return done.stdout.decode(errors="replace").strip()

    try:
        return {
            "commit": git("rev-parse", "HEAD"),
            "changed": bool(git("status", "--porcelain", "--untracked-files=no")),
        }
    except (OSError, subprocess.CalledProcessError):
        return None


def environment() -> dict[str, object]:
    """The machine: system, processor, memory, accelerators, Keras backend, kernels."""
    import keras

    return {
        **_host(),
        "accelerators": accelerators(),
        "backend": keras.backend.backend(),
        "onednn": os.environ.get("TF_ENABLE_ONEDNN_OPTS"),
        "command": this_command(),
    }


def environment_of_loaded() -> dict[str, object]:
    """The machine for a training of which only the loaded libraries are known.

    The accelerators are those that Keras, or else PyTorch, sees; None where neither
    was loaded.
    """
    if "keras" in sys.modules:
        return environment()
    devices = None
    if cuda := getattr(sys.modules.get("torch"), "cuda", None):
        devices = [cuda.get_device_name(i) for i in range(cuda.device_count())]
    return {**_host(), "accelerators": devices, "command": this_command()}


def _host() -> dict[str, object]:
    return {
        "system": platform.platform(terse=True),
        "machine": platform.machine(),
        "processor": _processor(),
        "cpus": len(psutil.Process().cpu_affinity()),
        "memory_bytes": psutil.virtual_memory().total,
    }


def _processor() -> str:
    """The processor's model: libraries choose their kernels by it."""
    file = Path("/proc/cpuinfo")
    lines = file.read_text("utf-8", "replace").splitlines() if file.is_file() else []
    models = [line.partition(":")[2] for line in lines if line.startswith("model name")]
    return models[0].strip() if models else platform.processor()


def differences(then: Mapping, now: Mapping) -> dict[str, list]:
    """What differs that can change the bits of a training.

    Args:
        then: What a run says about its software and machine: `versions`, `git`,
            `distribution` and `environment`.
        now: The same of another time.

    Returns:
        The value then and now by name.

    Example:
        >>> differences({"git": None}, {"git": None, "environment": {"cpus": 2}})
        {'environment.cpus': [None, 2]}
    """
    found = {}
    for part, names in _SHAPING.items():
        before, after = then.get(part) or {}, now.get(part) or {}
        for name in names or sorted({*before, *after}):
            pair = [before.get(name), after.get(name)]
            if pair[0] != pair[1]:
                found[f"{part}.{name}"] = pair
    return found


_SHAPING = {
    "versions": (),
    "git": (),
    "distribution": (),
    "environment": (
        "machine",
        "processor",
        "cpus",
        "accelerators",
        "backend",
        "onednn",
    ),
}


def accelerators() -> list[str]:
    """Names of the devices other than the CPU that Keras can train on."""
    from kpoc.training.trainers import trainer

    return [d for d in trainer().devices() if not d.startswith("cpu")]


def reset_peak_memory() -> None:
    """Starts the count of the process's peak memory anew, where the system can."""
    try:
        Path("/proc/self/clear_refs").write_text("5")
    except OSError:
        return


def peak_memory() -> int:
    """The largest resident memory of the process in bytes, since the last reset."""
    status = Path("/proc/self/status")
    if status.is_file():
        for line in status.read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
