"""The training process that `bot.releases.training_process` starts; its argument is the training options as JSON.

Settings come from the environment. Standard output has one JSON document per line: {"stage": ..., "share": ...} for
progress, and at the end {"release": ..., "is_new": ...} or {"error": ...}. The process ends when its standard input is
closed, so it does not outlive the process that started it.
"""

import asyncio
import json
import logging
import os
import sys
from typing import Any, NamedTuple

import numpy as np

from bot.backoff import retry_forever
from bot.errors import BadInput
from bot.full_disk import full_disk_line
from bot.releases import pipeline
from bot.runtime import end_with_parent
from bot.settings import Settings, load_settings
from recsys.data import DataError, Dataset, snapshot
from recsys.data.contributors import with_contributors
from recsys.protocol.newcomers import Split, split_people
from recsys.training.options import TrainingOptions
from storage.errors import StorageError, Unavailable
from storage.records import ContributorHashes
from storage.sql import Catalogue, Contributors, Database

NICENESS = 10
"""The training's niceness. Serving processes have 0 and go first."""


class TrainingSet(NamedTuple):
    """The input of a training, and the people who contributed to it."""

    dataset: Dataset
    split: Split
    contributors: ContributorHashes


def main() -> None:
    """Train, and print progress and result to standard output."""
    end_with_parent()
    output = os.fdopen(os.dup(sys.stdout.fileno()), "w")
    # Libraries that print must not interfere with the JSON documents: what they print goes to standard error.
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())

    def send(document: dict[str, Any]) -> None:
        output.write(json.dumps(document) + "\n")
        output.flush()

    def send_progress(stage: str, share: float) -> None:
        send({"stage": stage, "share": share})

    if hasattr(os, "nice"):
        os.nice(NICENESS)
    logging.disable(logging.INFO)
    try:
        settings = load_settings()
        options = TrainingOptions(**json.loads(sys.argv[1]))
        dataset, split, contributors = asyncio.run(training_set(settings, options.seed))

        def record(version: str) -> None:
            asyncio.run(record_contributors(settings, version, contributors))

        # The only note says that nothing had to be trained.
        notes: list[str] = []
        release = pipeline.train(dataset, settings, options, None, send_progress, notes.append, split, record=record)
    except (BadInput, DataError, StorageError, OSError) as error:
        send({"error": full_disk_line(error) or str(error)})
        sys.exit(1)
    send({"release": pipeline.release_summary(release), "is_new": not notes})


async def training_set(settings: Settings, seed: int) -> TrainingSet:
    """Return the data set that was imported last, extended by the current contributors, and its split.

    Validation newcomers are drawn from the imported data set alone and contributors are trained on. So releases have
    the same validation newcomers, and their NDCG is comparable, until another data set is imported.

    Args:
        settings: names the data set and the database.
        seed: of the split.

    Raises:
        NotFound: no data set was imported yet.
        StorageError: the database cannot be used.
    """
    base = await asyncio.to_thread(snapshot.load, settings.snapshot_folder)
    async with Database(settings.database_url.get_secret_value()) as database:
        movies = await Catalogue(database).all()
        contributors, hashes = await Contributors(database).read()
    combined = with_contributors(base, movies, contributors)
    split = split_people(base, seed, test_share=0.0)
    added = np.arange(len(base.user_ids), len(combined.user_ids))
    return TrainingSet(combined, Split(np.concatenate([split.train, added]), split.validation, split.test), hashes)


async def record_contributors(settings: Settings, version: str, contributors: ContributorHashes) -> None:
    """Store who contributed to a release. While the database does not answer, wait: the training would be lost."""

    async def record() -> None:
        async with Database(settings.database_url.get_secret_value()) as database:
            await Contributors(database).record(version, contributors)

    await retry_forever()(Unavailable, record)


if __name__ == "__main__":
    main()
