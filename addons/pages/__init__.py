"""What staff meet: plain functions from a Decision and the policy to a page."""
