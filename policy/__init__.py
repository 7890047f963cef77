"""The words and the judgement. Standard library and pydantic only: judging depends on nothing else."""
