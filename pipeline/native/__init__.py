"""The inner loops of the cleaning, compiled by Cython where a C compiler was at the installation.

Beside each stands the same in numpy, in the module that uses it: it says what is meant, and is what runs without a
compiler. Both give the same numbers to the last bit (tests/unit/native), or a page would be judged by where it
was cleaned.
"""

try:
    from pipeline.native import blocks, classifier, features, page, rules, text
except ImportError:
    COMPILED = False
else:
    COMPILED = True

__all__ = ["COMPILED", "blocks", "classifier", "features", "page", "rules", "text"]
