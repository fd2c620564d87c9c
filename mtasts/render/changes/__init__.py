"""Changes as text, Markdown and rows."""
