"""Feeds, sitemaps and sites are polled, and what is new in them is fed.

Here: which instance polls what. Not here: when to poll and what is new (pipeline/listing), and requests (fetch).
"""
