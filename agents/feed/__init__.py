"""Pages and URLs enter the topics: from files, lists, archives, feeds, sitemaps and other prefixes.

Here: sources, and the bounded sender. Not here: polling again (watch) and HTTP (serve).
"""
