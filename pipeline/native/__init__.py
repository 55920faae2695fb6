"""The inner loops of cleaning, compiled by Cython if a C compiler was present at the installation.

The module that uses a loop has the same in numpy. That version is easier to read, and it runs without a compiler.
Both return the same numbers to the last bit (tests/unit/native). Otherwise the result of a page would depend on the
machine that cleaned it.
"""

try:
    from pipeline.native import blocks, classifier, features, page, rules, text
except ImportError:
    COMPILED = False
else:
    COMPILED = True

__all__ = ["COMPILED", "blocks", "classifier", "features", "page", "rules", "text"]
