"""Turns a page into a document: `clean.py` has the steps in order, and the packages below carry them out.

Here: the order of the steps, the fallback extractor, and the profile of a host's pages.
Not here: single rules, features or metadata sources; each has a package below.
"""
