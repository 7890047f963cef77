"""What commands on lists do, without a terminal: changes, their record, and what they would change."""
