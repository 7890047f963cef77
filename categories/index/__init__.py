"""What a compiled Ruleset is made of: what finds the entries that a URL hits."""
