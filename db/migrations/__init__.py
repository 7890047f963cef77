"""The schema's history; run by `db/upgrade.py`."""
