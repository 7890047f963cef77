"""The processes: a supervisor that binds, workers that carry, a keeper that writes to the database."""
