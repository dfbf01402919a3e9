"""Benchmark of the preparation by the size of the data: time and peak memory of each step, per million ratings too.

    python benchmarks/scaling.py path/to/ml-1m --millions 1 4 10 32

Each size is a simulated data set of `benchmarks/synthetic_movielens.py`, on which `reelmate import`, `train` and
`index` run one after the other, each in a process of its own. The data sets are kept in --folder and written once.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.synthetic_movielens import Size, write
from recsys.data import read_dataset

GOAL_MILLIONS, GOALS_S, GOAL_GB = 32.0, {"import": 240, "train": 2_700}, 6.0
"""The goals for 32 million ratings on two fast cores."""


def run(arguments: list[str], home: Path) -> tuple[float, float]:
    """Run a command of `reelmate`, and return its duration in seconds and its peak memory in GB.

    Raises:
        SystemExit: it failed.
    """
    started = time.monotonic()
    process = subprocess.Popen(  # noqa: S603 - our own program
        [sys.executable, "-m", "bot", *arguments],
        env={**os.environ, "REELMATE_HOME": str(home)},
        stdout=subprocess.DEVNULL,
    )
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"reelmate {arguments[0]} ended with status {process.returncode}")
    return time.monotonic() - started, usage.ru_maxrss / 1024**2


def measure(data: Path, train_arguments: list[str]) -> dict[str, tuple[float, float]]:
    """Return step -> (seconds, peak GB) for a folder of data, with an empty REELMATE_HOME."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        return {
            "import": run(["import", "--data", str(data)], home),
            "train": run(["train", *train_arguments], home),
            "index": run(["index"], home),
        }


def main() -> None:
    """Measure each size and print a line for each step."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("like", type=Path, help="folder of MovieLens 1M")
    parser.add_argument("--millions", type=float, nargs="+", default=[1, 4, 10, 32], help="sizes in million ratings")
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()), help="where the data sets are kept")
    parser.add_argument("--epochs", type=int, help="train for so many epochs instead of the default")
    arguments = parser.parse_args()
    like = read_dataset(arguments.like)
    train_arguments = [] if arguments.epochs is None else ["--epochs", str(arguments.epochs)]
    print("millions  step      seconds   per million   peak GB   per million")
    for millions in arguments.millions:
        data = arguments.folder / f"ml-synthetic-{millions:g}m"
        if not (data / "ratings.csv").exists():
            write(like, Size.of(round(millions * 1e6)), data, seed=0)
        for step, (duration_s, peak_gb) in measure(data, train_arguments).items():
            goal_s = GOALS_S.get(step) if millions == GOAL_MILLIONS else None
            goal = "" if goal_s is None else f"   goals {goal_s} s, {GOAL_GB:g} GB"
            figures = f"{duration_s:8.0f} {duration_s / millions:13.1f} {peak_gb:9.2f} {peak_gb / millions:13.2f}"
            print(f"{millions:8g}  {step:<7} {figures}{goal}", flush=True)


if __name__ == "__main__":
    main()
