"""Facts that reach somebody who has no right to them: a randomised school is read and written from every side."""
