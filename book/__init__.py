"""Builds the book: `python -m book` lists the commands.

`sources` reads from `docs/` and git what the book is, a site generator of `hosts/` makes pages of
it, and `finish/` makes of these the site that readers see. `checks/` holds the sources against one
another. None of it is a part of the package that readers install.
"""
