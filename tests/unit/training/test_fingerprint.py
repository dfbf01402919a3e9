"""The fingerprint covers all code of this project that training runs."""

import ast
from pathlib import Path

import recsys
from recsys.training.fingerprint import SOURCES

PACKAGE = Path(recsys.__file__).parent


def _imports(source: str) -> set[str]:
    """Return the modules of `recsys` that a module imports, as paths relative to the package."""
    paths = set()
    for node in ast.walk(ast.parse((PACKAGE / source).read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module is not None and node.module.startswith("recsys"):
            for name in (node.module, *(f"{node.module}.{alias.name}" for alias in node.names)):
                path = "/".join(name.split(".")[1:]) + ".py"
                if (PACKAGE / path).is_file():
                    paths.add(path)
    return paths


def _closure(source: str) -> set[str]:
    """Return a module and everything of `recsys` that it imports, directly or through other modules."""
    reached, pending = set(), {source}
    while pending:
        current = pending.pop()
        reached.add(current)
        pending |= _imports(current) - reached
    return reached


def test_all_imports_of_training_are_covered() -> None:
    """A change in any module that `fit` imports, however indirectly, changes the fingerprint."""
    reached = _closure("training/fit.py")
    assert {"data/dataset.py", "models/network.py", "profile.py", "training/second_stage/item_reranker.py"} < reached
    assert reached <= set(SOURCES)


def test_a_covered_module_imports_no_other() -> None:
    """The rule that lists the sources leaves out nothing that they import."""
    assert set().union(*(_imports(source) for source in SOURCES)) <= set(SOURCES)


def test_sources_are_listed_once_and_in_order() -> None:
    """The digest does not depend on the order in which the file system lists files."""
    assert list(SOURCES) == sorted(set(SOURCES))
