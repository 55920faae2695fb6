"""The numbers that the classifier sees: each block among its neighbors, in the tree and on the page.

Here: features and how they are counted. Not here: weights and thresholds (classifier). A feature has a name, a place
where it is computed, and a phrase (explain/feature_words.py); tests/unit/document/features checks that they agree.
"""
