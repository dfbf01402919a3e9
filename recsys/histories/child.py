"""Reading a file in a process of its own: its content on standard input, one JSON document on standard output.

The first argument is the name of the file, the second the maximum memory in bytes, the third the maximum seconds of
computing time.
"""

import json
import sys
from typing import Any

from recsys.histories.problems import Problem, UnreadableHistory
from recsys.histories.reading import read_histories


def main() -> None:
    """Read standard input and write what it says: {"histories": [...]} or {"problem": ...}."""
    name, memory, seconds = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    _limit(memory, seconds)
    document: dict[str, Any]
    try:
        document = {"histories": [history.to_dict() for history in read_histories(sys.stdin.buffer.read(), name)]}
    except UnreadableHistory as error:
        document = {"problem": error.problem}
    except (MemoryError, RecursionError):
        document = {"problem": Problem.TOO_SLOW}
    sys.stdout.write(json.dumps(document))


def _limit(memory: int, seconds: int) -> None:
    """Limit the memory in bytes and the computing time of this process.

    Windows cannot, and macOS refuses to limit memory. There the deadline of the parent process is the only limit.
    """
    if sys.platform == "linux":
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))


if __name__ == "__main__":
    main()
