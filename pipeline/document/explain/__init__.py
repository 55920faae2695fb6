"""Explanations why a block was kept or removed, in words and numbers, for `chistovik explain` and the web UI.

Here: a second look at a cleaned page. Not here: anything that the cleaning itself needs.
"""
