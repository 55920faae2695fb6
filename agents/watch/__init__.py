"""Poll feeds, sitemaps and sites, and feed their new entries.

Here: which worker polls which URL, and when. Not here: choosing the new entries (pipeline/listing), requests (fetch).
"""
