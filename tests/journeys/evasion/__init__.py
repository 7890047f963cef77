"""The tricks of `docs/evasion.md`, played through running gateways."""
