"""Benchmark of the preparation by the size of the data: time and memory of each step, per million ratings too.

    python benchmarks/scaling.py path/to/ml-1m --millions 1 4 10 32

Each size is a simulated data set of `benchmarks/synthetic_movielens.py`, on which `reelmate import`, `train` and
`index` run one after the other, each in a process of its own. The data sets, what was made of them and the figures are
kept in --folder. The same command continues after an interruption: with the step that was interrupted, whose training
resumes from its checkpoint, and whose durations add up. Delete the folder `...-home` of a size to measure it again.

Compare sizes by processor time if other programs use the machine. It is user and system time of all threads.
"""

import argparse
import dataclasses
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from benchmarks.synthetic_movielens import Size, write
from recsys.data import read_dataset

GOAL_MILLIONS, GOALS_S, GOAL_GB = 32.0, {"import": 240, "train": 2_700}, 6.0
"""The goals for 32 million ratings on two fast cores."""


POLL_S = 1.0
"""The memory of a step is read this often, and its figures are written."""


@dataclass(frozen=True, slots=True)
class Cost:
    """The cost of a step so far.

    Attributes:
        duration_s: seconds, of all runs of the step.
        processor_s: processor time of its processes, in seconds, of all runs of the step.
        peak_gb: peak memory of one of its processes, in GB.
        is_done: whether it ran to its end.
    """

    duration_s: float = 0.0
    processor_s: float = 0.0
    peak_gb: float = 0.0
    is_done: bool = False


class Figures:
    """The costs of the steps of one size, kept in a file."""

    def __init__(self, path: Path) -> None:
        """Read the file, if there is one."""
        self._path = path
        self._costs: dict[str, Cost] = {}
        if path.exists():
            self._costs = {step: Cost(**cost) for step, cost in json.loads(path.read_text()).items()}

    def __getitem__(self, step: str) -> Cost:
        return self._costs.get(step, Cost())

    def __setitem__(self, step: str, cost: Cost) -> None:
        self._costs[step] = cost
        unfinished = self._path.with_suffix(".part")
        unfinished.write_text(
            json.dumps({step: dataclasses.asdict(cost) for step, cost in self._costs.items()}, indent=2)
        )
        unfinished.replace(self._path)


def peak_memory_gb(process_id: int) -> float:
    """Return the peak memory of a process until now, in GB; 0 if it has just ended."""
    status = Path(f"/proc/{process_id}/status").read_text()
    peak = re.search(r"VmHWM:\s+(\d+) kB", status)
    return 0.0 if peak is None else int(peak[1]) / 1024**2


def processor_time_s(process_id: int) -> float:
    """Return the processor time of a process and of its children that have ended, in seconds."""
    # The name of the program, in brackets, may have blanks.
    fields = Path(f"/proc/{process_id}/stat").read_text().rpartition(")")[2].split()
    return sum(int(ticks) for ticks in fields[11:15]) / os.sysconf("SC_CLK_TCK")


def run(step: str, arguments: list[str], home: Path, figures: Figures) -> None:
    """Run a step, a command of `reelmate`, to its end, and keep what it has cost; nothing if it was done before.

    Raises:
        SystemExit: it failed.
    """
    before = figures[step]
    if before.is_done:
        return
    started = time.monotonic()
    process = subprocess.Popen(  # noqa: S603 - our own program
        [sys.executable, "-m", "bot", step, *arguments],
        env={**os.environ, "REELMATE_HOME": str(home)},
        stdout=subprocess.DEVNULL,
    )
    has_ended = False
    while not has_ended:
        # The process is not reaped yet, so its times can be read once more.
        has_ended = os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None
        figures[step] = Cost(
            before.duration_s + time.monotonic() - started,
            before.processor_s + processor_time_s(process.pid),
            max(figures[step].peak_gb, peak_memory_gb(process.pid)),
        )
        time.sleep(0 if has_ended else POLL_S)
    if process.wait():
        raise SystemExit(f"reelmate {step} ended with status {process.returncode}")
    figures[step] = dataclasses.replace(figures[step], is_done=True)


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
    print("millions  step      seconds   per million   processor s   per million   peak GB   per million")
    for millions in arguments.millions:
        data = arguments.folder / f"ml-synthetic-{millions:g}m"
        if not data.exists():
            unfinished = data.with_name(f"{data.name}.part")
            write(like, Size.of(round(millions * 1e6)), unfinished, seed=0)
            unfinished.rename(data)
        home = data.with_name(f"{data.name}-home")
        home.mkdir(mode=0o700, exist_ok=True)
        figures = Figures(home / "figures.json")
        for step, options in {"import": ["--data", str(data)], "train": train_arguments, "index": []}.items():
            run(step, options, home, figures)
            cost = figures[step]
            goal_s = GOALS_S.get(step) if millions == GOAL_MILLIONS else None
            goal = "" if goal_s is None else f"   goals {goal_s} s, {GOAL_GB:g} GB"
            times = (
                f"{time_s:{width}.0f} {time_s / millions:13.1f}"
                for time_s, width in ((cost.duration_s, 8), (cost.processor_s, 13))
            )
            cells = f"{' '.join(times)} {cost.peak_gb:9.2f} {cost.peak_gb / millions:13.2f}"
            print(f"{millions:8g}  {step:<7} {cells}{goal}", flush=True)


if __name__ == "__main__":
    main()
