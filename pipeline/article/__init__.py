"""The events that subscribers read: the outcome of a document, its Kafka message, copies and evidence.

Here: events that are derived from a document and its verdict. Not here: decisions about duplicates (verdict).
"""
