"""The judge of reliability: what the bot keeps and shows after kills and after faults of Telegram.

    reelmate prepare
    python benchmarks/kills.py

People onboard, thumb, rate, undo and wish, and an admin announces, while the bot is killed with SIGKILL. The bot and
its worker are processes of their own, and Telegram is the local Bot API server in this process. Afterwards:

- every answer is stored exactly once;
- every card works, and shows what the database says;
- nobody waited longer than 10 s while the bot was running;
- nobody got an announcement twice.

REELMATE_HOME is copied first. A short run takes about two minutes: `--people 10 --kills 3 --no-faults`.
"""

import argparse
import asyncio
import sys
import tempfile
from pathlib import Path

from benchmarks.reliability.faults import FaultTrial
from benchmarks.reliability.trials import Outcome, kill_trial, stage
from bot.reporting import stage_progress
from bot.settings import load_settings

MODES = ("polling", "webhook")
SLOW_RATE, FAST_RATE = 2, 10
"""Messages per second of announcements. An announcement at the slow rate lasts for several kills."""


def print_outcome(outcome: Outcome) -> None:
    """Print one line per trial and one per finding."""
    facts = ", ".join(f"{name} {value}" for name, value in outcome.facts.items())
    print(f"{'BROKEN' if outcome.findings else 'kept'}  {outcome.name}: {facts}", flush=True)
    for finding in outcome.findings:
        print(f"    {finding}", flush=True)
    for line, count in outcome.log_lines.most_common():
        print(f"    logged {count} times: {line}", file=sys.stderr)


async def run(arguments: argparse.Namespace, folder: Path) -> bool:
    """Run all trials, print each outcome, and return whether every promise was kept."""
    source, is_kept = load_settings().reelmate_home, True
    with stage_progress() as show:
        for mode in (arguments.mode,) if arguments.mode else MODES:
            if arguments.kills:
                async with stage(source, folder, mode, SLOW_RATE) as at:
                    outcome = await kill_trial(at, arguments.people, arguments.kills, arguments.seed, show)
                print_outcome(outcome)
                is_kept &= not outcome.findings
            if arguments.faults:
                async with stage(source, folder, mode, FAST_RATE) as at:
                    outcome = await FaultTrial(at, show).run()
                print_outcome(outcome)
                is_kept &= not outcome.findings
    return is_kept


def main() -> None:
    """Run the trials, and exit with 1 if a promise is broken."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--people", type=int, default=50)
    parser.add_argument("--kills", type=int, default=25, help="number of kills by polling, and of kills by webhook")
    parser.add_argument("--mode", choices=MODES, help="only by polling or only by webhook")
    parser.add_argument("--faults", action=argparse.BooleanOptionalAction, default=True)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        is_kept = asyncio.run(run(arguments, Path(folder)))
    sys.exit(0 if is_kept else 1)


if __name__ == "__main__":
    main()
