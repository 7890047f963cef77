"""`sluicegate review`: questions to the review service, one module a command, and its answers shown."""
