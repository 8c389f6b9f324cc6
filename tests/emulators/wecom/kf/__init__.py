"""Customer service (微信客服): people in WeChat who write first."""
