"""Benchmark of `reelmate prepare`: duration and peak memory on a data set.

python benchmarks/prepare.py path/to/ml-1m
"""

import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

GOAL_S, GOAL_GB = 240, 3


def main() -> None:
    """Run the command with an empty REELMATE_HOME, and print its duration and peak memory."""
    data = Path(sys.argv[1]).resolve()
    with tempfile.TemporaryDirectory() as home:
        started = time.monotonic()
        subprocess.run(  # noqa: S603 - our own program
            [sys.executable, "-m", "bot", "prepare", "--data", str(data)],
            env={**os.environ, "REELMATE_HOME": home},
            check=True,
        )
        duration_s = time.monotonic() - started
    peak_gb = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024**2
    print(f"reelmate prepare: {duration_s:.0f} s (goal {GOAL_S} s), peak memory {peak_gb:.2f} GB (goal {GOAL_GB} GB)")


if __name__ == "__main__":
    main()
