"""A page cut into blocks, the lines or paragraphs that are judged, with the measures of each.

Here: cutting and measuring. Not here: any opinion about a block.
"""
