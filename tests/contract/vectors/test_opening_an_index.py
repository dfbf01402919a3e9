"""Errors of `open_index`: Milvus Lite folders, servers and VECTORS_URLs that do not work."""

import os
import secrets
import socket
import stat
import sys
from asyncio import create_subprocess_exec
from asyncio.subprocess import PIPE
from pathlib import Path

import numpy as np
import pytest
from pymilvus import MilvusClient

from storage.errors import Conflict, Misconfigured, NotFound, StorageError, Unavailable
from storage.vectors import open_index
from storage.vectors.milvus_lite import LiteServer
from tests.builders import movie
from tests.ports import free_port


def listening_ports() -> set[int]:
    """Return the TCP ports that this process listens on."""
    ports = set()
    for descriptor in [int(path.name) for path in Path("/dev/fd").iterdir()]:
        try:
            is_socket = stat.S_ISSOCK(os.fstat(descriptor).st_mode)
        except OSError:  # It was the descriptor of /dev/fd.
            continue
        if not is_socket:
            continue
        with socket.socket(fileno=os.dup(descriptor)) as opened:
            is_tcp = opened.family in (socket.AF_INET, socket.AF_INET6)
            if is_tcp and opened.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN):
                ports.add(opened.getsockname()[1])
    return ports


def modes_of(path: Path) -> tuple[bool, int, int]:
    """Return whether a path is a socket, and the mode and the owner of its folder."""
    folder = path.parent.stat()
    return stat.S_ISSOCK(path.stat().st_mode), stat.S_IMODE(folder.st_mode), folder.st_uid


class TestMilvusLite:
    """Milvus Lite folders."""

    async def test_one_process_at_a_time_opens_a_folder(self, tmp_path: Path) -> None:
        """A second process gets an error that names the first, and can open the folder after the first was killed."""
        url = f"milvus+lite://{tmp_path}/milvus.db"
        script = (
            "import asyncio, sys\n"
            "from storage.vectors import open_index\n"
            "async def main():\n"
            f"    index = await open_index({url!r})\n"
            "    print('open', flush=True)\n"
            "    sys.stdin.read()\n"
            "asyncio.run(main())\n"
        )
        owner = await create_subprocess_exec(sys.executable, "-c", script, "run", stdin=PIPE, stdout=PIPE)
        assert owner.stdout is not None
        assert await owner.stdout.readline() == b"open\n"
        with pytest.raises(Conflict, match=rf"in use by process {owner.pid} \(-c run\).*milvus://") as caught:
            await open_index(url)
        assert len(str(caught.value).splitlines()) == 1
        owner.kill()
        await owner.communicate()
        index = await open_index(url)
        with pytest.raises(Conflict, match=f"process {os.getpid()} "):
            await open_index(url)
        await index.close()

    async def test_it_listens_on_a_private_socket_only(self, tmp_path: Path) -> None:
        """Only this user can enter the folder of the socket, no TCP port is opened, and nothing of it remains."""
        before = listening_ports()
        server = await LiteServer.start(tmp_path / "milvus.db")
        address = Path(server.uri.removeprefix("unix:"))
        assert modes_of(address) == (True, 0o700, os.getuid())
        assert listening_ports() == before
        await server.stop()
        with pytest.raises(FileNotFoundError):
            modes_of(address)

    @pytest.mark.skipif(os.getuid() != 0, reason="only root can act as another user")
    async def test_another_user_cannot_connect(self, tmp_path: Path) -> None:
        """This user can connect to the socket, and another one has no permission."""
        server = await LiteServer.start(tmp_path / "milvus.db")
        for user_id, printed in ((0, b"connected\n"), (65534, b"refused\n")):
            script = (
                "import os, socket\n"
                f"os.setuid({user_id})\n"
                "try:\n"
                f"    socket.socket(socket.AF_UNIX).connect({server.uri.removeprefix('unix:')!r})\n"
                "    print('connected')\n"
                "except PermissionError:\n"
                "    print('refused')\n"
            )
            other = await create_subprocess_exec(sys.executable, "-c", script, stdout=PIPE)
            assert (await other.communicate())[0] == printed
        await server.stop()

    async def test_a_folder_that_cannot_be_created(self, tmp_path: Path) -> None:
        """If a file is in the way, the error is one line that names the path."""
        (tmp_path / "file").write_text("")
        for path in (tmp_path / "file" / "milvus.db", tmp_path / "file"):
            with pytest.raises(StorageError, match=str(path)) as caught:
                await open_index(f"milvus+lite://{path}")
            assert len(str(caught.value).splitlines()) == 1


class TestMilvusServer:
    """The databases of a server."""

    @pytest.mark.parametrize("option", ["/{}", "?db_name={}"])
    async def test_a_database_has_versions_of_its_own(self, old_server_url: str, option: str) -> None:
        """A search in another database does not find the version."""
        name = "films" + secrets.token_hex(6)
        client = MilvusClient(old_server_url.replace("milvus://", "http://"))
        client.create_database(name)
        there, elsewhere = await open_index(old_server_url + option.format(name)), await open_index(old_server_url)
        await there.publish(name, [movie(7), movie(8)], np.eye(2, 8, dtype=np.float32))
        [(movie_ids, _)] = await there.search(name, np.eye(1, 8, dtype=np.float32), 1)
        assert movie_ids.tolist() == [7]
        with pytest.raises(NotFound):
            await elsewhere.search(name, np.eye(1, 8, dtype=np.float32), 1)
        await there.drop(name)
        client.drop_database(name)
        for opened in (there, elsewhere):
            await opened.close()
        client.close()


class TestOpening:
    """URLs that do not work."""

    @pytest.mark.parametrize(
        "url",
        [
            "",
            "qdrant://host:6333",
            "milvus+lite://milvus.db",
            "milvus+lite:",
            "milvus://",
            "milvus://host:port",
            "milvus://user:secretword@host:1/a/b",
        ],
    )
    async def test_a_wrong_url(self, url: str) -> None:
        """The error is one line that names the setting and shows no password."""
        with pytest.raises(Misconfigured, match="VECTORS_URL") as caught:
            await open_index(url)
        assert "secretword" not in str(caught.value)
        assert len(str(caught.value).splitlines()) == 1

    async def test_an_unknown_scheme_lists_the_supported_ones(self) -> None:
        """The error lists the supported schemes."""
        with pytest.raises(Misconfigured, match=r"'mivlus'.*memory://, milvus\+lite://, milvus://, milvuss://"):
            await open_index("mivlus://host")

    async def test_no_server_listens(self) -> None:
        """The error is raised within the deadline, and is one line without the password."""
        port = free_port()
        with pytest.raises(Unavailable, match=rf"milvus://user:\*\*\*@127.0.0.1:{port}") as caught:
            await open_index(f"milvus://user:secretword@127.0.0.1:{port}", timeout_s=0.5)
        assert "secretword" not in str(caught.value)
        assert len(str(caught.value).splitlines()) == 1
