"""Towers that are trained once and shared by the pytest-xdist workers of one run."""

import os
from collections.abc import Callable

import pytest
from filelock import FileLock

from recsys.models.towers import Towers


class TrainOnce:
    """Models that all workers share: the first worker that needs one trains and saves it, the others load it."""

    def __init__(self, factory: pytest.TempPathFactory) -> None:
        base = factory.getbasetemp()
        # Each worker has a base folder of its own inside that of the run.
        self._folder = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base

    def __call__(self, name: str, train: Callable[[], Towers]) -> Towers:
        """Load the model of this name, or train it if no worker has done so."""
        release = self._folder / f"towers-{name}"
        with FileLock(f"{release}.lock"):
            if not release.exists():
                train().save(release)
        return Towers.load(release)
