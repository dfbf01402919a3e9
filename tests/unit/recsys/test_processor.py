"""A processor on which PaddlePaddle does not run is named in one sentence."""

import platform
import subprocess
import sys
from pathlib import Path

import pytest

from recsys.models.processor import UnsupportedProcessor, check_processor

OLD = "processor\t: 0\nmodel name\t: Westmere\nflags\t\t: fpu sse sse2 ssse3 sse4_1 sse4_2 popcnt\n"


@pytest.fixture
def _x86(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platform, "machine", lambda: "x86_64")


@pytest.mark.usefixtures("_x86")
def test_a_processor_without_avx_is_refused(tmp_path: Path) -> None:
    """A name that only contains "avx" is another instruction set."""
    for flags in (OLD, OLD.replace("popcnt", "avx2 avx512f")):
        (tmp_path / "cpuinfo").write_text(flags, encoding="utf-8")
        with pytest.raises(UnsupportedProcessor, match=r"^this processor has no AVX, which PaddlePaddle needs: use "):
            check_processor(tmp_path / "cpuinfo")


@pytest.mark.usefixtures("_x86")
def test_a_processor_with_avx_or_without_a_description_is_accepted(tmp_path: Path) -> None:
    """Some sandboxes and other systems have no such file, or one without flags."""
    check_processor(tmp_path / "nothing")
    for text in (OLD.replace("popcnt", "avx"), "processor\t: 0\n"):
        (tmp_path / "cpuinfo").write_text(text, encoding="utf-8")
        check_processor(tmp_path / "cpuinfo")


def test_another_architecture_is_accepted(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Apple's processors have no AVX, and PaddlePaddle has other builds for them."""
    monkeypatch.setattr(platform, "machine", lambda: "arm64")
    (tmp_path / "cpuinfo").write_text(OLD, encoding="utf-8")
    check_processor(tmp_path / "cpuinfo")


def test_a_command_says_so_before_paddle_is_imported(tmp_path: Path) -> None:
    """Paddle would end the process with an illegal instruction and no word."""
    (tmp_path / "cpuinfo").write_text(OLD, encoding="utf-8")
    program = (
        "import pathlib, platform, sys\n"
        "from recsys.models import processor\n"
        "platform.machine = lambda: 'x86_64'\n"
        f"processor.check_processor.__defaults__ = (pathlib.Path({str(tmp_path / 'cpuinfo')!r}),)\n"
        "from bot.cli.exit_status import one_line_errors\n"
        "import typer\n"
        "try:\n"
        "    with one_line_errors():\n"
        "        import recsys.models.towers\n"
        "except typer.Exit as end:\n"
        "    print(end.exit_code, 'paddle' in sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)  # noqa: S603 - a program of this test
    assert done.stdout == "1 False\n"
    assert done.stderr.startswith("reelmate: this processor has no AVX")
    assert done.stderr.count("\n") == 1
