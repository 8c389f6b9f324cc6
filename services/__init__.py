"""The programme's operations: plain async functions over a session. They know of no chat."""
