"""Where XLA keeps what it compiled, for the workers that follow."""

from __future__ import annotations

import os
from pathlib import Path


def cache_environment(folder: Path) -> dict[str, str]:
    """Variables for processes that train; what the user has set stays.

    Args:
        folder: Where the cache is kept, in `xla_cache`.

    Example:
        >>> cache_environment(Path("searches/one"))["JAX_COMPILATION_CACHE_DIR"]
        '.../searches/one/xla_cache'
    """
    cache = str((folder / "xla_cache").resolve())
    flag = "--tf_xla_persistent_cache_directory"
    found = {
        "JAX_COMPILATION_CACHE_DIR": cache,
        "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "1",
    }
    found = {name: value for name, value in found.items() if name not in os.environ}
    flags = os.environ.get("TF_XLA_FLAGS", "")
    if flag not in flags:
        found["TF_XLA_FLAGS"] = f"{flags} {flag}={cache}".strip()
    return found
