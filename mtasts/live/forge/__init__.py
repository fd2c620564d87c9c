"""The forges a repository may live on: comments, pull requests and issues, over their REST APIs."""

# The modules beside this one, each with a `KIND`. Asked in this order whose job it is.
FORGES = ("forgejo", "github", "gitlab", "bitbucket", "azure")
