"""Subscriptions, as people see and handle them."""
