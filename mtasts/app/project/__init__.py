"""A project of one's own: its files, written by `mtasts new` and raised by `mtasts upgrade`.

Nothing of ours is in it that an upgrade would have to merge: a file is ours (replaced whole), holds pins (only these
are rewritten), or is yours (written once).
"""
