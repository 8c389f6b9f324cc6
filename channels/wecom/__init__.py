"""企业微信: a self-built app, whose members chat with the programme."""
