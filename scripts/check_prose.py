"""Check the English that people read, and the names of tests.

    python scripts/check_prose.py

Docstrings, log lines, error messages and user-facing texts open with a verb or a noun, not with a
relative clause ("What is stored", "Who asked"); a question mark excuses a question. A test's name
has at most 60 characters. Prints one line per problem and exits with status 1 when there are any.
"""

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

FOLDERS = ("bot", "index", "tests", "benchmarks", "docs", "scripts")
MAX_TEST_NAME = 60
_RELATIVE_CLAUSE = re.compile(r"(What|Who|Whoever|Whose|Whatever|Where|Wherever|Whether)\b")
_LOG_METHODS = {"debug", "info", "warning", "error", "exception", "critical"}
_USER_TEXTS = {"messages.py", "curator_messages.py"}


def problems_in(path: Path) -> Iterator[tuple[int, str]]:
    """Line numbers and problems of one Python file."""
    tree = ast.parse(path.read_text("utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield from _test_name(node)
        for line, text in _texts(node, every_string=path.name in _USER_TEXTS):
            if _RELATIVE_CLAUSE.match(text) and not _is_question(text):
                yield line, f"opens with a relative clause: {text.splitlines()[0][:70]!r}"


def _test_name(node: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[tuple[int, str]]:
    if node.name.startswith("test_") and len(node.name) > MAX_TEST_NAME:
        yield node.lineno, f"{node.name} has {len(node.name)} characters; {MAX_TEST_NAME} at most"


def _texts(node: ast.AST, *, every_string: bool) -> Iterator[tuple[int, str]]:
    """Docstrings, and the first strings of log calls and errors; or every string."""
    if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
        docstring = ast.get_docstring(node)
        if docstring:
            yield getattr(node, "lineno", 1), docstring
    elif isinstance(node, ast.Call) and node.args and _is_message_call(node):
        yield from _strings(node.args[0])
    elif every_string and isinstance(node, ast.Constant):
        yield from _strings(node)


def _is_message_call(node: ast.Call) -> bool:
    if isinstance(node.func, ast.Attribute):
        return node.func.attr in _LOG_METHODS
    return isinstance(node.func, ast.Name) and node.func.id.endswith(("Error", "Failed", "Refused"))


def _strings(node: ast.AST) -> Iterator[tuple[int, str]]:
    if isinstance(node, ast.JoinedStr) and node.values:
        node = node.values[0]
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.lineno, node.value


def _is_question(text: str) -> bool:
    return "?" in text


def main() -> None:
    """Check every Python file of the project."""
    root = Path(__file__).resolve().parent.parent
    count = 0
    for path in sorted(path for folder in FOLDERS for path in (root / folder).rglob("*.py")):
        for line, problem in problems_in(path):
            print(f"{path.relative_to(root)}:{line}: {problem}")
            count += 1
    sys.exit(count > 0)


if __name__ == "__main__":
    main()
