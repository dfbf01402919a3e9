"""Training in a separate process with a low priority, so that it does not delay the answers of a running bot."""

import asyncio
import json
import os
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bot import secret_files
from bot.settings import Settings
from storage.records import Release

if TYPE_CHECKING:
    # The training package imports Paddle, which is slow to import. Only the training process needs it.
    from recsys.training.options import TrainingOptions

_THREAD_VARIABLES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
_MAX_LINE_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class TrainingFailed:
    """The outcome "there is no release", with the reason in one line."""

    reason: str


@dataclass(frozen=True, slots=True)
class Trained:
    """The outcome "there is a release".

    Attributes:
        release: the release.
        is_new: whether it was trained just now. If not, it exists already with the same data, options and code.
    """

    release: Release
    is_new: bool


async def train_in_process(
    settings: Settings, options: "TrainingOptions | None", progress: Callable[[str, float], None]
) -> Trained | TrainingFailed:
    """Train on the data set that was imported last and on the contributors' ratings; see `bot.releases.training_child`.

    Cancelling this call kills the training. The next call resumes from its checkpoint, unless the contributors' ratings
    have changed in between.

    Args:
        settings: passed on to the training process.
        options: how to train; None for the defaults.
        progress: takes a stage and the share of it that is done, 0..1.
    """
    # The child exits when its standard input is closed, however this process ends.
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot.releases.training_child", json.dumps(asdict(options) if options else {})),
        stdin=PIPE,
        stdout=PIPE,
        stderr=PIPE,
        env=child_environment(settings),
        limit=_MAX_LINE_BYTES,
    )
    try:
        outcome, last_error = await asyncio.gather(_read_outcome(process, progress), _read_last_error(process))
        status = await process.wait()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    return outcome or TrainingFailed(f"training ended with status {status}: {last_error or 'no error message'}")


async def _read_outcome(process: Process, progress: Callable[[str, float], None]) -> Trained | TrainingFailed | None:
    """Read standard output to its end; None if it ends without an outcome."""
    assert process.stdout is not None  # noqa: S101 - for the type checker: it is a pipe.
    outcome: Trained | TrainingFailed | None = None
    async for line in process.stdout:
        document: Mapping[str, Any] = json.loads(line)
        if "release" in document:
            values = document["release"]
            release = Release(**{**values, "created_at": datetime.fromisoformat(values["created_at"])})
            outcome = Trained(release, is_new=document["is_new"])
        elif "error" in document:
            outcome = TrainingFailed(document["error"])
        else:
            progress(document["stage"], document["share"])
    return outcome


async def _read_last_error(process: Process) -> str:
    """Read standard error to its end, and return its last line that is not blank."""
    assert process.stderr is not None  # noqa: S101 - for the type checker: it is a pipe.
    last_line = ""
    async for line in process.stderr:
        last_line = line.decode(errors="replace").strip() or last_line
    return last_line


def child_environment(settings: Settings) -> dict[str, str]:
    """Return this process's environment with the settings and the import path that a child needs."""
    # Serving sets these variables to 1 for itself. Training uses all cores, unless another number was set on purpose.
    environment = {name: value for name, value in os.environ.items() if name not in _THREAD_VARIABLES or value != "1"}
    for name in ("database_url", "vectors_url", "metadata_url", "models_url"):
        environment.pop(f"{name.upper()}{secret_files.SUFFIX}", None)
        environment[name.upper()] = getattr(settings, name).get_secret_value()
    environment["REELMATE_HOME"] = str(settings.reelmate_home)
    packages = str(Path(__file__).parents[2])
    environment["PYTHONPATH"] = os.pathsep.join(filter(None, (packages, os.environ.get("PYTHONPATH"))))
    return environment
