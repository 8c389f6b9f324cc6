"""微信客服: people in WeChat who write first. They may be answered for 48 hours, five times."""
