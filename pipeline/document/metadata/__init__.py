"""What a page says about itself: headline, authors, dates, publisher, canonical URL.

Here: the sources in the order in which they are believed, and the checks of their values.
Not here: the article's text; a source of metadata never removes a block.
"""
