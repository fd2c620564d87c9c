"""The forges a repository may live on: comments, pull requests and issues, over their REST APIs."""
