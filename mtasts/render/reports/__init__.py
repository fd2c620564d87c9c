"""Reports as tables, pages and metrics."""
