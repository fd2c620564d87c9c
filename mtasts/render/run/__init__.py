"""What a run of the engine did: the document of `preview`, `up` and `destroy`."""
