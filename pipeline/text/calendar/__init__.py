"""Dates as pages write them: in figures or words of many languages, whole, without a year, or counted from the fetch.

Here: reading a date from a text. Not here: which date of a page is the article's (`pipeline/document/metadata`), and
the dates of listings, which stand alone and are expected to have a zone (`pipeline/listing/dates.py`).
"""
