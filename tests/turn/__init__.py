"""Tests of the turn: transcripts replayed, laws walked at random, and the small parts on their own."""
