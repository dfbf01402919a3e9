"""What `open_index` says where it cannot open: folders of Milvus Lite, servers and VECTORS_URLs that do not work."""

import os
import sys
from asyncio import create_subprocess_exec
from asyncio.subprocess import PIPE
from pathlib import Path

import pytest

from storage.errors import Conflict, Misconfigured, StorageError, Unavailable
from storage.vectors import open_index
from tests.ports import free_port


class TestMilvusLite:
    """Folders of Milvus Lite."""

    async def test_belongs_to_one_process(self, tmp_path: Path) -> None:
        """A second process is told who holds the folder, and gets it once the first is gone, killed or not."""
        url = f"milvus+lite://{tmp_path}/milvus.db"
        hold = (
            "import asyncio, sys\n"
            "from storage.vectors import open_index\n"
            "async def main():\n"
            f"    index = await open_index({url!r})\n"
            "    print('open', flush=True)\n"
            "    sys.stdin.read()\n"
            "asyncio.run(main())\n"
        )
        holder = await create_subprocess_exec(sys.executable, "-c", hold, "run", stdin=PIPE, stdout=PIPE)
        assert holder.stdout is not None
        assert await holder.stdout.readline() == b"open\n"
        with pytest.raises(Conflict, match=rf"in use by process {holder.pid} \(-c run\).*milvus://") as caught:
            await open_index(url)
        assert len(str(caught.value).splitlines()) == 1
        holder.kill()
        await holder.communicate()
        index = await open_index(url)
        with pytest.raises(Conflict, match=f"process {os.getpid()} "):
            await open_index(url)
        await index.close()

    async def test_a_folder_that_cannot_be(self, tmp_path: Path) -> None:
        """A file in the way is one line that names the setting or the folder, and holds nothing back afterwards."""
        (tmp_path / "file").write_text("")
        for path in (tmp_path / "file" / "milvus.db", tmp_path / "file"):
            with pytest.raises(StorageError, match=str(path)) as caught:
                await open_index(f"milvus+lite://{path}")
            assert len(str(caught.value).splitlines()) == 1


class TestOpening:
    """What `open_index` says to a VECTORS_URL that does not work."""

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
        """A URL that cannot be used is one line that names the setting and shows no password."""
        with pytest.raises(Misconfigured, match="VECTORS_URL") as caught:
            await open_index(url)
        assert "secretword" not in str(caught.value)
        assert len(str(caught.value).splitlines()) == 1

    async def test_an_unknown_scheme_names_the_known(self) -> None:
        """Who mistypes a scheme reads which there are."""
        with pytest.raises(Misconfigured, match=r"'mivlus'.*memory://, milvus\+lite://, milvus://, milvuss://"):
            await open_index("mivlus://host")

    async def test_nobody_listens(self) -> None:
        """A server that is not there is one line within the deadline, without the password."""
        port = free_port()
        with pytest.raises(Unavailable, match=rf"milvus://user:\*\*\*@127.0.0.1:{port}") as caught:
            await open_index(f"milvus://user:secretword@127.0.0.1:{port}", timeout_s=0.5)
        assert "secretword" not in str(caught.value)
        assert len(str(caught.value).splitlines()) == 1
