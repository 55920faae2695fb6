"""Decides whether a document is new: the ledger of a partition, its claims, and the rule for near-duplicates.

Here: decisions that depend on the log of documents only, and the state that they need.
Not here: Kafka, files and clocks (agents/dedupe).
"""
