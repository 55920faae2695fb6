"""The stage publish: from `documents` and `verdicts` to the outcome topics, exactly once.

Here: transactions, the fence, reading two logs in lockstep. Not here: what an event says (pipeline/article).
"""
