"""Feeds, sitemaps and sites are polled, and what is new in them is fed.

Here: who polls what and when. Not here: what is new (pipeline/listing) and how a request is made (fetch).
"""
