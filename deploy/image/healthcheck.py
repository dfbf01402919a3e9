"""The health check of the image: exit status 0 if the process answers.

`reelmate run` answers /live. All other commands serve no such address and are healthy as long as they run.
"""

import http.client
import os
import sys
from pathlib import Path


def is_healthy(command: list[str], listen: str) -> bool:
    """Return whether a container is healthy.

    Args:
        command: the command line of its first process.
        listen: the address of the bot, host:port.
    """
    if "run" not in command:
        return True
    # Through no proxy, whatever the environment says.
    connection = http.client.HTTPConnection("127.0.0.1", int(listen.rpartition(":")[2]), timeout=3)
    try:
        connection.request("GET", "/live")
        return connection.getresponse().status == http.HTTPStatus.OK
    except OSError:
        return False


if __name__ == "__main__":
    first_process = Path("/proc/1/cmdline").read_text(encoding="utf-8").split("\0")
    sys.exit(0 if is_healthy(first_process, os.environ["LISTEN"]) else 1)
