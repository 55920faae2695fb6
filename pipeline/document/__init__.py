"""A page becomes a document: `clean.py` lists the steps, the rooms below carry them out.

Here: the order of the steps, the fallback extractor, and what a host's pages teach.
Not here: single rules, features or metadata sources; each has a room below.
"""
