"""Which counts may be told without giving anybody away."""

FEWEST = 10  # people, or where nobody is named decisions, that a count has to be made of
