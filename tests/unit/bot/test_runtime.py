"""The kernels of the numerical libraries follow the processor."""

import os
from pathlib import Path

import pytest

from bot.runtime import use_fast_kernels_on_amd

AVX512 = "avx512f avx512dq avx512cd avx512bw avx512vl"
NAMES = ("MKL_DEBUG_CPU_TYPE", "OPENBLAS_CORETYPE")


@pytest.fixture(autouse=True)
def _without_kernels(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in NAMES:
        monkeypatch.setenv(name, "")  # So that the variables are restored after the test.
        monkeypatch.delenv(name)


def kernels(tmp_path: Path, description: str) -> tuple[str | None, ...]:
    """Return the values of both variables after a start on a processor."""
    (tmp_path / "cpuinfo").write_text(description, encoding="utf-8")
    use_fast_kernels_on_amd(tmp_path / "cpuinfo")
    return tuple(os.environ.get(name) for name in NAMES)


@pytest.mark.parametrize(
    ("description", "expected"),
    [
        (f"vendor_id\t: AuthenticAMD\nflags\t\t: fpu avx avx2 {AVX512} avx512_vnni\n", ("7", "SkylakeX")),
        ("vendor_id\t: AuthenticAMD\nflags\t\t: fpu avx avx2\n", ("5", None)),
        ("vendor_id\t: AuthenticAMD\nflags\t\t: fpu avx avx2 avx512f avx512_vnni\n", ("5", None)),
        (f"vendor_id\t: GenuineIntel\nflags\t\t: fpu avx avx2 {AVX512}\n", (None, None)),
        ("", (None, None)),
    ],
)
def test_amd_processors_use_the_widest_vectors_that_they_have(
    tmp_path: Path, description: str, expected: tuple[str | None, ...]
) -> None:
    """Intel processors and unknown ones keep what the libraries choose."""
    assert kernels(tmp_path, description) == expected


def test_a_setting_of_the_operator_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A test of other kernels sets them from outside."""
    monkeypatch.setenv("OPENBLAS_CORETYPE", "Prescott")
    assert kernels(tmp_path, f"AuthenticAMD {AVX512}") == ("7", "Prescott")


def test_a_system_that_does_not_describe_its_processor_is_left_alone(tmp_path: Path) -> None:
    """Other systems have no such file."""
    use_fast_kernels_on_amd(tmp_path / "nothing")
    assert not any(name in os.environ for name in NAMES)
