"""Words for people: durations, moments, plurals, names. Pure."""
