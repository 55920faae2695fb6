"""Boilerplate that is recognized for certain, by its shape or its words, and the names of the rules.

Here: the rules, their word lists, and the quick test of which rule could match at all.
Not here: scores (classifier) and what follows from both (classifier/judge.py).
"""
