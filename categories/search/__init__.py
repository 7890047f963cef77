"""Finding one entry among millions: which lists hold a host, what is below it, and since when."""
