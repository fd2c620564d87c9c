"""Pure: rows once, then terminal text, JSON, Markdown or HTML. Foreign text is escaped here and nowhere else."""
