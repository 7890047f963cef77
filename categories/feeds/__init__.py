"""Feeds: lists fetched from a URL on a schedule, each by its own subscription, none in force by itself."""
