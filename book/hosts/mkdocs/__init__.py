"""MkDocs and ProperDocs, which runs the same hooks under another name."""
