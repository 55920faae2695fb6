"""Plain text and what can be computed from it: normal form, tokens, fingerprint, language, dates.

Here: functions from strings to values, the same for every page and every language.
Not here: pages, markup and records; this room imports nothing but `native`.
"""
