"""A training worker that `bot.releases.workers` starts; it trains together with the process that started it."""

import logging
import sys

from bot.releases.workers import assist_first
from bot.runtime import end_with_parent
from recsys.training.workers import WorkerLost


def main() -> None:
    """Train until the epochs end."""
    end_with_parent()
    logging.disable(logging.INFO)
    try:
        assist_first()
    except WorkerLost as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
