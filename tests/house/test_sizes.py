"""Files of at most 400 lines and functions of at most 40: what is larger hides something. No allow-list."""

import ast
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
MAX_FILE, MAX_FUNCTION = 400, 40


def python_files() -> list[Path]:
    """All Python files that git tracks, or would track."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.py"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    ).stdout.split()  # fmt: skip
    return [ROOT / name for name in listed if (ROOT / name).exists()]


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
    named = [str(path.relative_to(ROOT)) for path in python_files() if drawers & {path.stem, *path.parts}]
    assert named == []
