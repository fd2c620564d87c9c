"""An adoption's plan, and the looks before and after it, for people and for programs."""
