"""Feeds, sitemaps and watch lists: what they list, which entries are new, when to poll again.

Here: parsers and decisions without a network or a clock.
Not here: polling (agents/watch) and single URLs (url).
"""
