"""API keys, webhooks, events: what developers look after."""
