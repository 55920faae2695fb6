"""The metadata of a page: headline, authors, dates, publisher, canonical URL.

Here: the sources of metadata in order of trust, and the checks of their values.
Not here: the article's text; a source of metadata never removes a block.
"""
