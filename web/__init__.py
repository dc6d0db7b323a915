"""The edge: HTTP in, HTML out.

Makes no decisions: reads through `db.queries`, writes through `bot`.
"""
