"""`sluicegate people` and `sluicegate devices`: the registers of who and what asks."""
