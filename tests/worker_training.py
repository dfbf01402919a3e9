"""Train on the checkerboard with several workers: `python -m tests.worker_training FOLDER WORKERS OPTIONS [EVENT]`.

OPTIONS are training options as JSON. After half of the epochs an EVENT happens: "killed" kills this process, "lost"
kills another worker.
"""

import json
import os
import signal
import sys
from pathlib import Path

from bot.releases.workers import first_worker
from recsys.protocol.newcomers import split_people
from recsys.training.fit import Progress, train_release
from recsys.training.options import TrainingOptions
from tests.builders import checkerboard


def main(folder: str, workers: str, options_json: str, event: str = "") -> None:
    """Train, and write a release."""
    options = TrainingOptions(**json.loads(options_json))
    board = checkerboard()
    split = split_people(board, 0)

    def interrupt(progress: Progress) -> None:
        if progress.done == options.epochs // 2 and event:
            children = Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()
            os.kill(os.getpid() if event == "killed" else int(children[0]), signal.SIGKILL)

    with first_worker(int(workers), board, split, options) as first:
        train_release(board, split, options, Path(folder), progress=interrupt, workers=first)


if __name__ == "__main__":
    main(*sys.argv[1:])
