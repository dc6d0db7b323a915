"""Understanding: the recogniser's laws, its word lists, its readers, its commands."""
