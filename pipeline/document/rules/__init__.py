"""The rules that recognize boilerplate for certain, by its shape or its words.

Here: the rules, their names and word lists, and the quick test of which rules could match a block.
Not here: scores, and which rules overrule them (classifier/choice.py).
"""
