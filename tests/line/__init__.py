"""The whole line, as it is composed for work, between the providers' local servers and a real database."""
