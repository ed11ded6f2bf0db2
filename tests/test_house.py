"""The house keeps its shape: rules that import-linter can't see, because pages are scripts."""

import ast
import re
import tomllib
from collections import Counter
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
TOP_LEVEL = {"console", "pages", "services", "tests", ".streamlit", "requirements.txt", "README.md"}
BESIDE = {"demo", "bench", "docs", "Makefile", "pyproject.toml", ".ci", ".gitignore", "requirements-dev.txt"}
ROOMS = ("bench", "console", "demo", "docs", "pages", "services", "tests")
DOCUMENTS = sorted([*(ROOT / "docs").glob("*.md"), ROOT / "README.md"])
PAGES = sorted((ROOT / "pages").glob("*.py"))
SOURCES = sorted(
    path for room in ("console", "services", "demo", "pages") for path in (ROOT / room).rglob("*.py")
)


@cache
def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


@cache
def imports(path: Path) -> frozenset[str]:
    """Every module that a file imports, anywhere in it."""
    found: set[str] = set()
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return frozenset(found)


def reaches(path: Path, *packages: str) -> list[str]:
    return sorted(
        name for name in imports(path) if any(name == p or name.startswith(p + ".") for p in packages)
    )


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.stem)
def test_a_page_holds_no_aws_call_and_no_sql(page: Path) -> None:
    assert reaches(page, "boto3", "botocore", "sqlalchemy", "alembic", "demo", "pages") == []


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.stem)
def test_a_page_script_is_short(page: Path) -> None:
    assert len(page.read_text(encoding="utf-8").splitlines()) <= 300


def test_streamlit_stays_above_the_services() -> None:
    guilty = [
        path for path in (ROOT / "services").rglob("*.py") if reaches(path, "streamlit", "console", "pages")
    ]
    assert guilty == []


def test_boto3_stands_behind_the_one_seam_to_aws() -> None:
    seam = ROOT / "services" / "cognito"
    outside = [path for path in SOURCES if seam not in path.parents and (ROOT / "demo") not in path.parents]
    assert [path for path in outside if reaches(path, "boto3", "botocore")] == []


def test_the_engine_stands_behind_the_tables_of_a_pool() -> None:
    seam = ROOT / "services" / "directory"
    outside = [path for path in SOURCES if seam not in path.parents]
    assert [path for path in outside if reaches(path, "duckdb")] == []


def test_sql_stands_behind_the_one_seam_to_the_database() -> None:
    seam = ROOT / "services" / "store"
    outside = [path for path in SOURCES if seam not in path.parents]
    assert [path for path in outside if reaches(path, "sqlalchemy", "alembic")] == []


def test_only_the_one_path_for_changes_issues_permits() -> None:
    allowed = {ROOT / "services" / "changes.py"}
    issuing = {
        path
        for path in SOURCES
        if reaches(path, "services.cognito.permit.issue")
        or ("permits.issue(" in path.read_text(encoding="utf-8"))
    }
    assert issuing == allowed


def module_name(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def test_no_module_stands_in_a_circle_of_imports() -> None:
    files = [*SOURCES, *(ROOT / "bench").glob("*.py")]
    known = {module_name(path) for path in files}

    def runs(path: Path) -> set[str]:
        """The modules that run before `path` can: what it imports, and the packages that hold that."""
        reached: set[str] = set()
        for node in ast.walk(parsed(path)):
            if isinstance(node, ast.Import):
                reached |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                inside = {f"{node.module}.{alias.name}" for alias in node.names}
                # a name that is a module stands for that module, any other for the one it is taken from
                reached |= inside & known or {node.module}
        name = module_name(path)
        # the packages that hold the file itself are running already
        around = {
            package for module in reached for package in holding(module) if package not in holding(name)
        }
        return ((reached | around) & known) - {name}

    def holding(module: str) -> set[str]:
        parts = module.split(".")
        return {".".join(parts[:length]) for length in range(1, len(parts))}

    # raises CycleError, naming the circle
    TopologicalSorter({module_name(path): runs(path) for path in files}).prepare()


def test_no_two_classes_share_a_name() -> None:
    defined = Counter(
        node.name
        for path in SOURCES
        if path.relative_to(ROOT).parts[0] in ("console", "services")
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.ClassDef)
    )
    assert [name for name, times in defined.items() if times > 1] == []


def unexplained(path: Path, inherited: dict[str, set[str]]) -> list[str]:
    """What of a file is for others to use and says nothing of itself."""
    module = parsed(path)
    classes = [node for node in module.body if isinstance(node, ast.ClassDef)]
    alone = len([node for node in classes if not node.name.startswith("_")]) == 1  # the file says it
    places: list[tuple[str, ast.AST, set[str]]] = [("", module, set())]
    places += [(f"{node.name}.", node, inherited[node.name]) for node in classes if node.name[0] != "_"]
    return [
        f"{path.relative_to(ROOT)}: {inside}{node.name}"
        for inside, place, told in places
        for node in ast.iter_child_nodes(place)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
        and not node.name.startswith("_")
        and not ast.get_docstring(node)
        and node.name not in told
        and not (alone and isinstance(node, ast.ClassDef))
    ]


def test_whatever_others_use_says_what_it_is() -> None:
    """In a docstring of its own, or in that of the class which it fills in."""
    paths = [path for path in SOURCES if path.relative_to(ROOT).parts[0] in ("console", "services")]
    classes = {
        node.name: node for path in paths for node in ast.walk(parsed(path)) if isinstance(node, ast.ClassDef)
    }

    def told(name: str) -> set[str]:
        """The methods of a class, and of those it is made of, that are explained."""
        if name not in classes:
            return set()
        bases = {
            node.id for base in classes[name].bases for node in ast.walk(base) if isinstance(node, ast.Name)
        }
        own = {
            node.name
            for node in classes[name].body
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and ast.get_docstring(node)
        }
        return own.union(*map(told, bases - {name}))

    inherited = {name: told(name) for name in classes}
    assert [name for path in paths for name in unexplained(path, inherited)] == []


def test_what_a_name_stands_for_can_be_told_from_it() -> None:
    """No variable, parameter or function is called `one`: it is a user, a group, a row …"""
    nameless = [
        path
        for path in [*SOURCES, *(ROOT / "bench").glob("*.py"), *(ROOT / "tests").rglob("*.py")]
        for node in ast.walk(parsed(path))
        if (isinstance(node, ast.Name) and node.id == "one")
        or (isinstance(node, ast.arg) and node.arg == "one")
        or (isinstance(node, ast.FunctionDef) and node.name == "one")
    ]
    assert nameless == []


def test_migrations_are_numbered_one_after_the_other() -> None:
    versions = (ROOT / "services" / "store" / "migrations" / "versions").glob("[0-9]*.py")
    numbers = sorted(int(path.name.split("_")[0]) for path in versions)
    assert numbers == list(range(1, len(numbers) + 1))


def contracts() -> dict[str, dict[str, list[str]]]:
    lint = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]
    return {contract["name"]: contract for contract in lint["contracts"]}


def rooms_of(package: str) -> set[str]:
    return {
        f"{package}.{path.stem}"
        for path in (ROOT / package).iterdir()
        if (path.suffix == ".py" or (path / "__init__.py").exists()) and not path.name.startswith("_")
    }


def test_the_drawing_of_the_house_names_every_room_from_the_top_down() -> None:
    drawn = re.findall(r"^services/(\w+)", (ROOT / "docs" / "house.md").read_text(encoding="utf-8"), re.M)
    assert {f"services.{room}" for room in drawn} == rooms_of("services")
    layers = [layer.split(" | ") for layer in contracts()["Arrows point down"]["layers"]]
    places = [
        next(place for place, layer in enumerate(layers) if f"services.{room}" in layer) for room in drawn
    ]
    assert places == sorted(places)


@pytest.mark.parametrize(
    ("contract", "allowed"),
    [
        ("One seam to AWS", {"services.cognito"}),
        ("One seam to the database", {"services.store"}),
        ("Only the one path for changes issues permits", {"services.cognito", "services.changes"}),
    ],
)
def test_a_seam_is_closed_to_every_room_but_its_own(contract: str, allowed: set[str]) -> None:
    held = set(contracts()[contract]["source_modules"])
    assert held - {"demo"} == {"console"} | (rooms_of("services") - allowed)


def test_every_page_of_the_console_is_held_apart_from_the_others() -> None:
    folders = {room for room in rooms_of("console") if (ROOT / room.replace(".", "/")).is_dir()}
    shared = {"console.web", "console.widgets", "console.command_line", "console.commands"}
    held = contracts()
    apart = held["Pages know nothing of each other: what two of them show stands in the widgets"]
    assert set(apart["modules"]) == folders - shared
    below = held["The web application, the widgets and the demo know no page and no command"]
    assert set(below["forbidden_modules"]) == folders - {"console.web", "console.widgets"}


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.stem)
def test_every_file_that_a_document_names_is_there(document: Path) -> None:
    named = re.findall(rf"`((?:{'|'.join(ROOMS)})/[\w./-]+)`", document.read_text(encoding="utf-8"))
    assert [path for path in named if not (ROOT / path).exists()] == []


def test_no_heading_skips_a_level() -> None:
    """A page's title is the first level, its parts the second: for those who listen to it."""
    assert [path for path in SOURCES if "st.subheader(" in path.read_text(encoding="utf-8")] == []


def test_no_text_is_shown_as_raw_html() -> None:
    switched = [path for path in SOURCES if "unsafe_allow_html" in path.read_text(encoding="utf-8")]
    assert switched == []


def test_tables_are_given_moments_and_not_their_words() -> None:
    """A table sorts moments, and tells the exact one; their words it would sort as words."""
    pattern = re.compile(r'^ *"[^"]+": \[(minute|day)\(', re.MULTILINE)
    console = (path for path in (ROOT / "console").rglob("*.py"))
    assert [path.name for path in console if pattern.search(path.read_text(encoding="utf-8"))] == []


def test_the_top_level_holds_what_it_should() -> None:
    hidden = {
        ".git",
        ".venv",
        ".mypy_cache",
        ".ruff_cache",
        ".pytest_cache",
        ".hypothesis",
        ".import_linter_cache",
    }
    present = {path.name for path in ROOT.iterdir() if not path.name.endswith(".egg-info")}
    assert present - hidden - BESIDE - {"__pycache__", "build", "test-results"} <= TOP_LEVEL
    assert TOP_LEVEL - {"README.md"} <= present
