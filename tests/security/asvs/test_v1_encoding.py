"""ASVS V1: patterns are ours; what people send is never one."""

import ast
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
FILES = sorted(path for room in ("portal", "surveys", "benchmark") for path in (ROOT / room).rglob("*.py"))
USES = {"compile", "match", "search", "fullmatch", "findall", "finditer", "split", "sub", "subn"}
# Read by us: what stands there instead of a text in the code.
LOOKED_AT = {
    "portal/middleware.py": "a setting of ours",
    "portal/passwords.py": "the list of words above it",
    "surveys/questionnaire/dutch.py": "sentences of ours, escaped between their places",
    "surveys/questionnaire/numbers.py": "the signs that a language writes numbers with",
    "surveys/questionnaire/repeating.py": "a code of the questionnaire, escaped, then with places for its copies",
}


def is_ours(pattern: ast.expr) -> bool:
    """A text in the code, a constant by its name, or these put together with `re.escape` around anything else."""
    if isinstance(pattern, ast.Constant):
        return True
    if isinstance(pattern, ast.Name):
        return pattern.id.isupper()
    if isinstance(pattern, ast.JoinedStr):
        return all(is_ours(part) for part in pattern.values)
    if isinstance(pattern, ast.FormattedValue):
        return is_ours(pattern.value)
    if isinstance(pattern, ast.BinOp):
        return is_ours(pattern.left) and is_ours(pattern.right)
    return isinstance(pattern, ast.Call) and ast.unparse(pattern.func) == "re.escape"


def test_no_pattern_is_made_of_input() -> None:
    odd = set()
    for path in FILES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            called = isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in USES
            if called and ast.unparse(node.func.value) == "re" and not is_ours(node.args[0]):  # type: ignore[attr-defined]
                odd.add(str(path.relative_to(ROOT)))
    assert odd == set(LOOKED_AT)
