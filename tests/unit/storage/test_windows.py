"""On Windows a sentence says what to use instead of Milvus Lite."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from storage.errors import Misconfigured
from storage.vectors.milvus_lite import LiteServer


async def test_milvus_lite_is_refused_with_what_to_use(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Windows lacks the locks that it needs."""
    start = LiteServer.start(tmp_path / "milvus.db")
    with monkeypatch.context() as patch:
        patch.setattr(os, "name", "nt")
        with pytest.raises(Misconfigured, match=r"^VECTORS_URL: .* use WSL 2 or Docker, or"):
            await start


def test_modules_that_only_unix_has_are_not_needed_to_import_ours() -> None:
    """An import error would hide the sentence."""
    program = (
        "import sys\n"
        "sys.modules['fcntl'] = sys.modules['resource'] = None\n"
        "import bot.cli, recsys.histories.child, storage.vectors.milvus_lite\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True, timeout=120)  # noqa: S603 - a program of this test
