"""Cuts a page into blocks, which are its lines or paragraphs, and measures each of them.

Here: cutting and measuring. Not here: any decision about a block.
"""
