"""
Plausibility: what a changed list may not do before a person has looked at it.

A list comes from somebody else, and takes effect on everybody here. So the Ruleset that it would make is
held beside the one in force before it may take its place (`judge.py`), and its size beside that of the last
good one (`size.py`). What is wrong with a list as a whole refuses it, and the last good one stays. What is
wrong with a single entry holds that entry back, and the list takes effect without it:

- *refused*: what cannot be meant. A public suffix of ICANN's (`com.cn`), a pattern or keyword that is
  shorter than four characters or hits much of a sample of ordinary URLs (`suffixes.py`, `terms.py`);
- *quarantined*: an entry that newly covers a host which must stay open: an essential or help host, or one
  that the organisation protects (`protected.py`);
- *waiting*: what may well be meant, but not by accident. A suffix under which one company gives sites to
  others (`github.io`), and a host that people here visit most (`visited.py`).

*Newly* means that the Ruleset in force has nothing of the entry's category on that host (`newly.py`). It is
always the coverage that is compared and never the text of the entry, so that an entry cannot slip through by
being spelt otherwise, and a list that is sorted anew, split or renamed is not held up.

Everything is asked of the compiled Rulesets: ten thousand suffixes, a thousand hosts and three thousand
URLs are looked up in each, whether there are four entries or four million.
"""
