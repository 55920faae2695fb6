"""The trained forests, their model files, and the decision about which blocks are the article.

Here: models, scores, the choice among blocks, the final judgment.
Not here: training (tests/bench/train.py) and features (features).
"""
