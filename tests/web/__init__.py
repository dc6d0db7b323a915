"""The pages, asked over HTTP against both databases."""
