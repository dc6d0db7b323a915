"""People in: what a school's own system wrote into a file, compared with what the line knows, and brought in at once or not at all.

Reading a file and comparing it are pure: neither asks the database, the clock or the network. It never deletes anybody, never ends
a binding, and never writes half of a file.
"""
