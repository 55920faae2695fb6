"""Poll feeds, sitemaps and sites, and feed their new entries.

Here: which instance polls what. Not here: when to poll and what is new (pipeline/listing), and requests (fetch).
"""
