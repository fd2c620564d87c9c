"""Changes of a policy: the difference, the rules by which it may change, the ladder, dated plans. Pure."""
