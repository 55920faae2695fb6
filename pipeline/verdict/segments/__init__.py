"""Claims that no longer change, packed so that most of them need not be in memory.

Here: the format of a segment, its filter, and look-ups among all segments of a partition.
Not here: files (agents/dedupe/segments.py), and claims that are still in memory (pipeline/verdict/recent.py).
"""
