"""
Decisions as months of a whole organisation would leave them, made quickly.

Real pages with their pieces (`.data/urls`) and real listed hosts are judged once each by a real Ruleset and
the shipped policy, and cut down by `policy.record.make_decision`, as a gateway does it. What differs from one
request to the next (when, who, from where, on which page) is left open in that row and filled in for each of
millions (`forms.py`). People have a unit, hours and sites of their own (`people.py`), days have mornings and
weekends (`traffic.py`), and what the policy no longer keeps is not there.
"""
