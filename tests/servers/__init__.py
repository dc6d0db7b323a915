"""Local servers that behave as the providers' documentation says: real HTTP, scripted faults, a list of all sends."""
