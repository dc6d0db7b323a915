"""The rules of the house, as tests: order of the packages, sizes, data classes, commits, docs, what is logged."""
