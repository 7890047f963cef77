"""Load: light origins, light clients, the gateway and its peers as processes, and what they cost."""
