"""Option groups that several verbs share, and the requests made of them."""
