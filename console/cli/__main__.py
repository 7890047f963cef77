"""`python -m console.cli` is `sluicegate`."""

from console.cli.main import main

main()
