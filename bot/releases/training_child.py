"""Trains one release: what `bot.releases.training_process` starts as a process of its own, with the options as JSON.

Settings come from the environment. Standard output is one JSON document a line: {"stage": ..., "share": ...}, and at
the end {"release": ...} or {"error": ...}. It ends with whoever holds the other end of its standard input.
"""

import asyncio
import json
import logging
import os
import sys
import threading
from typing import Any

import numpy as np

from bot.errors import BadInput
from bot.releases import pipeline
from bot.settings import Settings, load_settings
from recsys.data import DataError, Dataset, snapshot
from recsys.data.contributors import with_contributors
from recsys.protocol.newcomers import Split, split_people
from recsys.training.options import TrainingOptions
from storage.errors import StorageError
from storage.sql import Catalogue, Contributors, Database

NICENESS = 10


def main() -> None:
    """Train, and say how far it is and what came of it."""
    threading.Thread(target=_end_with_the_parent, daemon=True).start()
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w")
    # Whatever a library prints goes to standard error.
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())

    def say(document: dict[str, Any]) -> None:
        answers.write(json.dumps(document) + "\n")
        answers.flush()

    def show(stage: str, share: float) -> None:
        say({"stage": stage, "share": share})

    if hasattr(os, "nice"):
        os.nice(NICENESS)
    logging.disable(logging.INFO)
    try:
        settings = load_settings()
        options = TrainingOptions(**json.loads(sys.argv[1]))
        dataset, split = asyncio.run(training_set(settings, options.seed))
        release = pipeline.train(dataset, settings, options, None, show, _unheard, split)
    except (BadInput, DataError, StorageError, OSError) as error:
        say({"error": str(error)})
        sys.exit(1)
    say({"release": pipeline.release_summary(release)})


async def training_set(settings: Settings, seed: int) -> tuple[Dataset, Split]:
    """The data set that was imported last with the contributors of this moment, and who of them is trained on.

    Validation newcomers are those that the data set alone has: as long as it stays the same, so do they, and what one
    release reaches can be compared with what the one before it did.

    Raises:
        NotFound: nothing was imported yet.
        StorageError: the database cannot be used.
    """
    base = await asyncio.to_thread(snapshot.load, settings.snapshot_folder)
    async with Database(settings.database_url.get_secret_value()) as database:
        movies, contributors = await Catalogue(database).all(), await Contributors(database).all()
    combined = with_contributors(base, movies, contributors)
    split = split_people(base, seed, test_share=0.0)
    added = np.arange(len(base.user_ids), len(combined.user_ids))
    return combined, Split(np.concatenate([split.train, added]), split.validation, split.test)


def _unheard(_: str) -> None:
    """Whoever asked for a model gets one, and need not hear whether it took a training."""


def _end_with_the_parent() -> None:
    while os.read(sys.stdin.fileno(), 1):
        pass
    os._exit(1)


if __name__ == "__main__":
    main()
