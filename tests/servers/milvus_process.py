"""A Milvus server that runs until another process ends.

This script runs in the environment of the package `milvus`, which contains the server: `make milvus`. It prints the
port of the server once the server is ready.

Usage: milvus_process.py FOLDER PID PORT PORT ...

The folder gets the data of the server, and is deleted with the server when process PID ends. There must be as many
ports as the server uses, or more.
"""

import os
import select
import shutil
import sys
from pathlib import Path

from milvus import MilvusServer, MilvusServerConfig

UNPACKED = Path(sys.prefix) / "server"
"""Where `make milvus` unpacks the programs of the server, so that a start need not do it."""


def main(folder: Path, pid: int, ports: list[int]) -> None:
    """Run the server until the process ends."""
    (folder / "bin").symlink_to(UNPACKED / "bin")
    names = [name for name in MilvusServerConfig().configurable_items if name.endswith("_port")]
    server = MilvusServer(MilvusServerConfig(data_dir=str(folder), **dict(zip(names, ports[1:], strict=False))))
    server.webservice_port = ports[0]
    try:
        server.start()
        sys.stdout.write(f"{server.listen_port}\n")
        sys.stdout.flush()
        # Returns when the process ends. If it has ended, its descriptor cannot be opened.
        select.select([os.pidfd_open(pid)], [], [])
    finally:
        if server.server_proc is not None:
            server.server_proc.kill()
            server.server_proc.wait()
        shutil.rmtree(folder)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), [int(port) for port in sys.argv[3:]])
