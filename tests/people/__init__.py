"""People in, who answers for them and until when, and what happens when nobody does."""
