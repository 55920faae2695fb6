"""Connect the parts: the composition root, workers, the local run, and `topics apply`.

Belongs here: which stage gets which parts. Does not belong here: the work of a stage.
"""
