"""Files of at most 400 lines and functions of at most 40: what is larger hides something. No allow-list."""

import ast
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
MAX_FILE, MAX_FUNCTION = 400, 40


def python_files() -> list[Path]:
    """All Python files of the project; what a machine makes for itself lies in folders that start with a dot."""
    return [
        path
        for path in ROOT.rglob("*.py")
        if not any(part.startswith(".") for part in path.relative_to(ROOT).parts) and "staticfiles" not in path.parts
    ]


def test_files_are_at_most_400_lines() -> None:
    sizes = {path: len(path.read_text().splitlines()) for path in python_files() if "0001_" not in path.name}
    assert len(sizes) > 20
    assert [f"{path.relative_to(ROOT)}: {size}" for path, size in sizes.items() if size > MAX_FILE] == []


def test_functions_are_at_most_40_lines() -> None:
    long = []
    for path in python_files():
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                lines = (node.end_lineno or node.lineno) - node.lineno + 1
                if lines > MAX_FUNCTION:
                    long.append(f"{path.relative_to(ROOT)}:{node.lineno} {node.name}: {lines}")
    assert long == []


def test_no_drawer_for_everything() -> None:
    drawers = {"utils", "common", "helpers", "misc"}
    names = [path.relative_to(ROOT) for path in python_files()]
    assert [str(name) for name in names if drawers & {name.stem, *name.parts}] == []
