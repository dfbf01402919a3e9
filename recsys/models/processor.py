"""What PaddlePaddle needs of the processor. Without it, importing Paddle ends the process without a message."""

import platform
from pathlib import Path

_CPUINFO = Path("/proc/cpuinfo")


class UnsupportedProcessor(ImportError):
    """PaddlePaddle does not run on this processor."""


def check_processor(cpuinfo: Path = _CPUINFO) -> None:
    """Check that an x86-64 processor has AVX. Other processors, and systems other than Linux, are not checked.

    Args:
        cpuinfo: the kernel's description of the processors.

    Raises:
        UnsupportedProcessor: it has no AVX.
    """
    if platform.machine() not in ("x86_64", "AMD64"):
        return
    try:
        lines = cpuinfo.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return
    flags = next((line for line in lines if line.startswith("flags")), None)
    if flags is not None and "avx" not in flags.split():
        raise UnsupportedProcessor(
            "this processor has no AVX, which PaddlePaddle needs: use an x86-64 processor of 2011 or later, and in a "
            "virtual machine give it the processor of its host (QEMU: -cpu host; Docker on a Mac: Rosetta)"
        )
