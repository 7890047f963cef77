"""How the registers of people and devices are filled: files, directories, and what differs; no terminal."""
