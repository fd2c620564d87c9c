"""The use cases: typed requests in, values out. The public functions are those that `mtasts` itself exports."""
