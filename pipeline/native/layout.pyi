from array import array
from collections.abc import Callable, Mapping

from selectolax.lexbor import LexborNode

class Walk:
    texts: list[str]
    blocks: array[int]
    elements: array[int]
    def __init__(self, codes: Mapping[str, int], hints_of: Callable[[str], int], deepest: int, most: int) -> None: ...
    def walk(self, root: LexborNode) -> None: ...
