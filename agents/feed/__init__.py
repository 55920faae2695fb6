"""Write pages and URLs into the topics: from files, lists, archives, feeds, sitemaps and other prefixes.

Belongs here: sources, and the bounded sender. Does not belong here: repeated polling (watch) and HTTP (serve).
"""
