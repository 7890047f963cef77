"""The commands on lists, one module each; the work behind them is in `console/lists/`."""
