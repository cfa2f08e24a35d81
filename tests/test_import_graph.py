"""Modules have no circular imports. Type-only imports and imports inside functions count as well."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

import engine

ROOT = Path(engine.__file__).resolve().parent.parent


@pytest.mark.parametrize("package", ["engine", "cwtui"])
def test_modules_have_no_circular_imports(package: str) -> None:
    assert circular_import(ROOT, package) is None


@pytest.mark.parametrize(
    "statement",
    [
        "from shop.prices import PRICE",
        "from shop import PRICE",
        "from . import prices",
        "import shop.prices",
        "if TYPE_CHECKING:\n    from shop.prices import PRICE",
        "def cost():\n    from shop.prices import PRICE",
    ],
)
def test_a_circular_import_is_found(tmp_path: Path, statement: str) -> None:
    files = {
        "__init__.py": "import lazy_loader",
        "__init__.pyi": "from .prices import PRICE",
        "prices.py": "from shop.taxes import TAX",
        "taxes.py": statement,
        "till.py": "from shop import PRICE",
    }
    (tmp_path / "shop").mkdir()
    for name, text in files.items():
        (tmp_path / "shop" / name).write_text(text)
    found = circular_import(tmp_path, "shop")
    assert found is not None
    assert set(found.split(" -> ")) == {"shop.prices", "shop.taxes"}
    (tmp_path / "shop" / "taxes.py").write_text("TAX = 1")
    assert circular_import(tmp_path, "shop") is None


def circular_import(root: Path, package: str) -> str | None:
    """A circular import as “a -> b -> a”; None if there is none."""
    files = {module_name(root, path): path for path in (root / package).rglob("*.py")}
    # A package with lazy exports declares the modules of its names in a stub.
    sources = {name: stub if (stub := path.with_suffix(".pyi")).exists() else path for name, path in files.items()}
    exports = {
        f"{name}.{alias}": f"{module}.{alias}"
        for name, path in sources.items()
        if path.stem == "__init__"
        for module, alias in imported_names(name, path)
        if alias
    }
    graph: dict[str, set[str]] = {}
    for name, path in sources.items():
        targets = {origin(f"{module}.{alias}", exports, files) for module, alias in imported_names(name, path)}
        graph[name] = {target for target in targets if target is not None and target != name}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        # Each module imports the next.
        return " -> ".join(reversed(error.args[1]))
    return None


def module_name(root: Path, path: Path) -> str:
    return ".".join(path.relative_to(root).with_suffix("").parts).removesuffix(".__init__")


def imported_names(name: str, path: Path) -> Iterator[tuple[str, str]]:
    """(module, name) for each `from module import name`; the name is empty for `import module`."""
    package = name if path.stem == "__init__" else name.rpartition(".")[0]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((alias.name, "") for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            parents = package.split(".")[: len(package.split(".")) + 1 - node.level] if node.level else []
            module = ".".join([*parents, *([node.module] if node.module else [])])
            yield from ((module, alias.name) for alias in node.names)


def origin(name: str, exports: dict[str, str], files: dict[str, Path]) -> str | None:
    """The module that defines a dotted name, through the packages that export it; None outside these packages."""
    name = name.removesuffix(".")
    while name in exports and name not in files:
        name = exports[name]
    while name and name not in files:
        name = name.rpartition(".")[0]
    return name or None
