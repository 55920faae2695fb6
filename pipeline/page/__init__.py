"""The bytes of a raw page: decompress them, decode them, detect HTML, and choose the page's partition.

Here: everything that is done with a page before it is cleaned.
Not here: blocks and rules (pipeline/document). Feeding a page must not load the classifier.
"""
