"""The numbers that the classifier sees: each block among its neighbors, in the tree and on the page.

Here: features and how they are counted. Not here: weights and thresholds (classifier).
"""
