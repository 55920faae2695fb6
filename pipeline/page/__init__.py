"""A raw page's bytes: unpacked, decoded, told HTML from plain text, and routed to a partition.

Here: everything that can be said of a page before it is cleaned.
Not here: blocks and rules (document); feeding a page must not load the classifier.
"""
