"""Every process collects the same tests: pytest names a test after its bytes, and gzip writes the time into them."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

TESTS = Path(__file__).parents[2]
INSIDE = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)


def at_import(node: ast.AST) -> Iterator[ast.Call]:
    """Yield the calls that run when a module is imported, those of decorators among them."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef)):
            for decorator in child.decorator_list:
                yield from at_import(ast.Expression(decorator))
        elif not isinstance(child, INSIDE):
            if isinstance(child, ast.Call):
                yield child
            yield from at_import(child)


def timed(source: str) -> list[int]:
    """Return the lines where importing packs with gzip and the present time."""
    return [
        call.lineno
        for call in at_import(ast.parse(source))
        if ast.unparse(call.func).endswith("gzip.compress") and "mtime" not in {word.arg for word in call.keywords}
    ]


@pytest.mark.parametrize("path", sorted(TESTS.rglob("test_*.py")), ids=lambda path: path.relative_to(TESTS).as_posix())
def test_nothing_is_packed_with_the_time_while_tests_are_collected(path: Path) -> None:
    assert timed(path.read_text("utf-8")) == []


def test_what_is_packed_at_import_is_found() -> None:
    late = "def test(x=1):\n    gzip.compress(b'')\n"

    assert timed(f"@parametrize('x', [gzip.compress(b'')])\n{late}") == [1]
    assert timed("A = {'a': f(gzip.compress(b''))}") == [1]
    assert timed(f"A = gzip.compress(b'', mtime=0)\n{late}") == []
