"""Translation: what leaves, what comes back, what is doubted."""
