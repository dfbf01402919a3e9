"""The documentation is true where a program can check it: links, paths, commands and settings."""

import ast
import re
from pathlib import Path

import pytest

from bot.cli import COMMANDS
from bot.settings import Settings

ROOT = Path(__file__).parents[2]
PAGES = sorted([ROOT / "README.md", ROOT / "CHANGELOG.md", *ROOT.glob("docs/**/*.md")])
OPERATIONS = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")

_LINK = re.compile(r"""\[[^\]]*\]\(([^)\s]+)\)|src="([^"]+)\"""")
_PATH = re.compile(r"`((?:bot|handlers|recsys|storage|tests|benchmarks|docs|deploy|\.ci)/[\w./-]*)`")


def _anchors(page: Path) -> set[str]:
    """The anchors that GitHub makes of a page's headings."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_to_files_and_headings_that_exist(page: Path) -> None:
    """Links inside the repository name an existing file, and an existing heading after "#"."""
    broken = []
    for match in _LINK.finditer(page.read_text(encoding="utf-8")):
        target = match[1] or match[2]
        if target.startswith(("https://", "http://", "mailto:")):
            continue
        name, _, anchor = target.partition("#")
        linked = (page.parent / name).resolve() if name else page
        if not linked.exists() or (anchor and anchor not in _anchors(linked)):
            broken.append(target)
    assert broken == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_paths_in_the_text_exist(page: Path) -> None:
    """A file or folder of the repository that the text names is there."""
    paths = _PATH.findall(page.read_text(encoding="utf-8"))
    assert [path for path in paths if not (ROOT / path).exists()] == []


def test_every_page_is_in_the_table_of_contents() -> None:
    """docs/index.md leads to every page, and the index of decisions to every decision."""
    index = (ROOT / "docs" / "index.md").read_text(encoding="utf-8")
    assert [
        page.name for page in ROOT.glob("docs/*.md") if page.name != "index.md" and f"({page.name})" not in index
    ] == []
    decisions = (ROOT / "docs" / "decisions.md").read_text(encoding="utf-8")
    pages = sorted(page.name for page in ROOT.glob("docs/decisions/[0-9]*.md"))
    assert [page for page in pages if f"(decisions/{page})" not in decisions] == []


def test_the_operations_page_lists_every_command() -> None:
    """The table of commands is the command line's."""
    assert sorted(re.findall(r"^\| `reelmate ([\w-]+)` \|", OPERATIONS, re.MULTILINE)) == sorted(COMMANDS)


def test_the_operations_page_lists_every_setting() -> None:
    """The table of settings has each setting once, and no other."""
    table = OPERATIONS.partition("## Settings")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| (`[A-Z_]+`(?:, `[A-Z_]+`)*) \|", table, re.MULTILINE)
    listed = [name.strip("` ") for row in rows for name in row.split(",")]
    assert sorted(listed) == sorted(name.upper() for name in Settings.model_fields)


@pytest.mark.parametrize(
    ("service", "lock_file", "package"),
    [
        ("Milvus Lite", "requirements.lock", "milvus-lite"),
        ("Milvus server", "tests/milvus-server.lock", "milvus"),
        ("S3", "requirements-dev.lock", "moto"),
    ],
)
def test_the_versions_that_are_proven_are_those_of_the_lock_files(service: str, lock_file: str, package: str) -> None:
    """The table names the version that the tests install, or the beginning of its number."""
    table = OPERATIONS.partition("### Versions that are proven")[2].partition("\n#")[0]
    proven = re.search(rf"^\| {service} \| .*?([0-9]+\.[0-9.]*[0-9])", table, re.MULTILINE)
    locked = re.search(rf"^{package}(?:\[.*\])?==([0-9.]+)", (ROOT / lock_file).read_text("utf-8"), re.MULTILINE)
    assert proven is not None
    assert locked is not None
    assert f"{locked[1]}.".startswith(f"{proven[1]}.")


@pytest.mark.parametrize(
    "package",
    [
        page.parent
        for top in ("bot", "handlers", "recsys", "storage")
        for page in sorted((ROOT / top).rglob("__init__.py"))
        if "\n- `" in page.read_text(encoding="utf-8").partition('"""\n')[0]
    ],
    ids=lambda package: str(package.relative_to(ROOT)),
)
def test_the_list_of_a_package_names_each_of_its_modules(package: Path) -> None:
    """Where the docstring of a package lists its modules, none is left out, and none has gone."""
    docstring = ast.get_docstring(ast.parse((package / "__init__.py").read_text(encoding="utf-8"))) or ""
    modules = {path.stem for path in package.glob("[a-z]*.py")} | {
        path.parent.name for path in package.glob("*/__init__.py")
    }
    heads = [line.partition(":")[0] for line in docstring.splitlines() if line.startswith("- ")]
    assert modules - set(re.findall(r"`(\w+)`", docstring)) == set()
    assert {name for head in heads for name in re.findall(r"`(\w+)`", head) if not (package / name).is_dir()} <= modules
