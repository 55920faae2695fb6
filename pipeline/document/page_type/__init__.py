"""Recognizes pages that stand in for an article: error pages, walls, checks, front pages.

Here: the vocabulary of such pages, their signs in markup and URL, and the decision with its evidence.
Not here: boilerplate of a page that has an article (rules, classifier).
"""
