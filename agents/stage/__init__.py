"""What every stage stands on: deliveries, batches, group membership, and Faust with its traps tamed.

Here: what two or more stages need. Not here: what one stage alone does; stages never import each other.
"""
