"""Result of a run of the engine: the document of `preview`, `up` and `destroy`."""
