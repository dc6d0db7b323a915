"""What a school says, in every language."""
