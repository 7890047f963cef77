"""The command line: the composition root, and every command. `main.py` has the map of them."""
