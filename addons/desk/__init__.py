"""The desk: the process where people are known by their proof and what they do on our pages is kept."""
