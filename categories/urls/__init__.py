"""Hosts and URLs: one spelling for each, what they contain, and whose they are."""
