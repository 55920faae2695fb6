"""The inner loops of cleaning and of dedupe, compiled by Cython if a C compiler was present at the installation.

The module that uses a loop has a twin of it in numpy, which is easier to read and needs no compiler. Both return the
same numbers to the last bit (tests/unit/native): a result must not depend on the machine.
"""

try:
    from pipeline.native import (
        blocks,
        choice,
        classifier,
        columns,
        features,
        kinds,
        outline,
        page,
        rules,
        segments,
        text,
        themes,
        walk,
    )
except ImportError:
    COMPILED = False
else:
    COMPILED = True

__all__ = [
    "COMPILED",
    "blocks",
    "choice",
    "classifier",
    "columns",
    "features",
    "kinds",
    "outline",
    "page",
    "rules",
    "segments",
    "text",
    "themes",
    "walk",
]
