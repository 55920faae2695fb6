"""Computations on plain text: normal form, tokens, fingerprint, language and dates.

Here: functions from strings to values that work the same for every page and every language.
Not here: pages, markup and records. This package imports only `native`.
"""
