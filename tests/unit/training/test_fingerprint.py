"""The fingerprint of a training covers all that the training reads."""

import ast
from pathlib import Path

import recsys
from recsys.training.fingerprint import SOURCES

PACKAGE = Path(recsys.__file__).parent


def _imported(source: str) -> set[str]:
    """The modules of this package that a module imports, as it says and as paths."""
    found = set()
    for node in ast.walk(ast.parse((PACKAGE / source).read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module is not None and node.module.startswith("recsys"):
            for name in (node.module, *(f"{node.module}.{alias.name}" for alias in node.names)):
                path = "/".join(name.split(".")[1:]) + ".py"
                if (PACKAGE / path).is_file():
                    found.add(path)
    return found


def test_no_code_that_trains_is_left_out() -> None:
    """Whatever a listed module imports is listed too: a change there must not pass for the same training."""
    assert set().union(*(_imported(source) for source in SOURCES)) <= set(SOURCES)
    assert "training/item_reranker.py" in _imported("training/fit.py")
