"""Feeds, sitemaps and watch lists: their entries, which entries are new, and when to poll again.

Here: parsers and decisions without network access or a clock.
Not here: polling (agents/watch) and single URLs (pipeline/url).
"""
