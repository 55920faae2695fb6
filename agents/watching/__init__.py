"""Watching feeds, sitemaps and sites: polled as often as they change, and what is new in them is fed."""
