import re
from collections.abc import Callable

def tidy(line: str) -> str: ...
def joined(text: str) -> str: ...
def seen(text: str) -> str: ...
def cut(
    text: str,
    marker_of: Callable[[str], re.Match[str] | None],
    numbers: list[int],
    texts: list[str],
    bodies: list[str],
    after_blank: list[bool],
    markers: list[bool],
) -> None: ...
