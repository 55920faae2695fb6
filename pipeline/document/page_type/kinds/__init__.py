"""Tells an article from a listing, a collection, a product, a service page, a forum and documentation.

Here: the numbers that describe a page, the trained model that reads them, and what it says in words.
Not here: pages that stand in for an article, such as error pages (the room above).
"""
