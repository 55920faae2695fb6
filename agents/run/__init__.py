"""Where the parts are introduced to each other: the composition root, workers, the local run, `topics apply`.

Here: which stage gets which parts. Not here: what a stage does.
"""
