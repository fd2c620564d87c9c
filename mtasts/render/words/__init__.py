"""Words for people: moments, plurals, names."""
