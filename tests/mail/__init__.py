"""What colleagues get by mail and Telegram, and what they answer, against real servers."""
