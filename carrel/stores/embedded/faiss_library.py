"""Importing FAISS: `faiss-cpu` and `faiss-gpu-cu12` bring the same package and must not be installed together.

Either will do. Segments are made and searched on the CPU, where they are mapped into memory: what one machine has
written another can read.
"""

from __future__ import annotations

from functools import cache
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from carrel.errors import UserError

DISTRIBUTIONS = ("faiss-cpu", "faiss-gpu", "faiss-gpu-cu11", "faiss-gpu-cu12", "faiss-gpu-cu13", "faiss-gpu-cuvs")
"""The packages on PyPI that bring a module `faiss`."""


@cache
def load_faiss() -> Any:
    """Import FAISS.

    Raises:
        UserError: more than one build is installed, or none.
    """
    installed = [name for name in DISTRIBUTIONS if _is_installed(name)]
    if len(installed) > 1:
        raise UserError(
            f"{' and '.join(installed)} are installed together and overwrite each other's files: "
            f"pip uninstall -y {' '.join(installed)}, then pip install the one that you want"
        )
    try:
        import faiss
    except ImportError as error:
        raise UserError(f"FAISS cannot be imported ({error}): pip install faiss-cpu") from error
    return faiss


def gpu_count(faiss: Any) -> int:
    """Return how many GPUs this build of FAISS can use."""
    return int(faiss.get_num_gpus()) if hasattr(faiss, "StandardGpuResources") else 0


def _is_installed(distribution: str) -> bool:
    try:
        version(distribution)
    except PackageNotFoundError:
        return False
    return True
