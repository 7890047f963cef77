"""A gateway's own things in one file, and back from it: `sluicegate backup`, `sluicegate restore`."""
