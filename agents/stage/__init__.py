"""The base of every stage: deliveries, batches, group membership, and workarounds for Faust.

Here: code that two or more stages need. Not here: code of a single stage. Stages never import each other.
"""
