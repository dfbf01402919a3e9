"""Training in a process of its own, at a low priority, so that people are answered meanwhile."""

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

from bot.settings import Settings
from storage.records import Release

if TYPE_CHECKING:
    from recsys.training.options import TrainingOptions

_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
_LINE_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class TrainingFailed:
    """There is no release, and why, in one line."""

    reason: str


async def train_in_process(
    settings: Settings, options: "TrainingOptions | None", progress: Callable[[str, float], None]
) -> Release | TrainingFailed:
    """Train on the data set that was imported last and on what contributors rated; see `bot.releases.training_child`.

    Whoever stops waiting stops the training. Started again, it goes on from its checkpoint, as long as nobody has rated
    anything or changed their mind in between.

    Args:
        settings: where everything lies.
        options: how to train; None for the defaults.
        progress: takes a stage and the share of it that is done.
    """
    # The child ends when its standard input does, however this process ends.
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot.releases.training_child", json.dumps(asdict(options) if options else {})),
        stdin=PIPE,
        stdout=PIPE,
        stderr=PIPE,
        env=_environment(settings),
        limit=_LINE_BYTES,
    )
    try:
        outcome, said = await asyncio.gather(_read(process, progress), _last_line(process))
        status = await process.wait()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    return outcome or TrainingFailed(f"training ended with status {status}: {said or 'no word why'}")


async def _read(process: Process, progress: Callable[[str, float], None]) -> Release | TrainingFailed | None:
    assert process.stdout is not None  # noqa: S101 - for the type checker: it is a pipe.
    outcome: Release | TrainingFailed | None = None
    async for line in process.stdout:
        said: Mapping[str, Any] = json.loads(line)
        if "release" in said:
            release = said["release"]
            outcome = Release(**{**release, "created_at": datetime.fromisoformat(release["created_at"])})
        elif "error" in said:
            outcome = TrainingFailed(said["error"])
        else:
            progress(said["stage"], said["share"])
    return outcome


async def _last_line(process: Process) -> str:
    assert process.stderr is not None  # noqa: S101 - for the type checker: it is a pipe.
    last = ""
    async for line in process.stderr:
        last = line.decode(errors="replace").strip() or last
    return last


def _environment(settings: Settings) -> dict[str, str]:
    # One thread is right for serving; to training that was not told otherwise all are welcome.
    environment = {name: value for name, value in os.environ.items() if name not in _THREADS or value != "1"}
    for name in ("database_url", "vectors_url", "metadata_url", "models_url"):
        environment[name.upper()] = getattr(settings, name).get_secret_value()
    environment["REELMATE_HOME"] = str(settings.reelmate_home)
    packages = str(Path(__file__).parents[2])
    environment["PYTHONPATH"] = os.pathsep.join(filter(None, (packages, os.environ.get("PYTHONPATH"))))
    return environment
