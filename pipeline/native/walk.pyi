from array import array
from collections.abc import Callable, Mapping

from selectolax.lexbor import LexborNode

class Tags:
    def __init__(
        self, codes: dict[int, int], body: int, own: int, preformatted: int, inputs: int, attributes: list[int]
    ) -> None: ...

class Walk:
    texts: list[str]
    blocks: array[int]
    elements: array[int]
    def __init__(
        self,
        tags: Tags,
        hints_of: Callable[[str], int],
        marks_of: Callable[[str, str], int],
        paragraphs_of: Callable[[str], list[str]],
        deepest: int,
        most: int,
    ) -> None: ...
    def walk(self, root: LexborNode) -> None: ...

class Selectors:
    def __init__(self, steps: list[tuple[int, bytes, int, int, bytes]]) -> None: ...
    def find(self, root: LexborNode) -> list[tuple[LexborNode, int]]: ...

def asks_for_address(root: LexborNode, tags: Tags) -> bool: ...
def agrees(
    nodes: list[LexborNode],
    texts: tuple[tuple[LexborNode, str], ...],
    attributes: tuple[tuple[LexborNode, Mapping[str, str | None]], ...],
) -> bool: ...
def number_of(node: LexborNode, place: int) -> int: ...
