"""Networks that people chat on. Each turns messages into Updates and answers Bot API calls."""
