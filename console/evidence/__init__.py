"""What leaves the review service to be relied on elsewhere: exports, signed, and verified without it."""
