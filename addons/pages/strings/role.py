"""Choose my role: what it says."""

TITLE = "Choose your role"
LEAD = "You have more than one role. You act in one at a time: which pages are open to you can depend on it."
ROLE = "Your roles"
ROLE_MISSING = "Choose one of your roles"
BUTTON = "Act in this role"
KEPT = (
    "What is kept: your role, until you choose another. It is part of what is recorded of the pages you open."
)
ONE = "You have one role, and you act in it: {role}."
NONE = "No role is kept for you, so there is nothing to choose."
DONE_TITLE = "Your role has changed"
DONE = "From now on you act as: {role}."
NOT_HELD = "You do not have this role, or no longer. Nothing was changed."
NOW = "the one you act in now"
