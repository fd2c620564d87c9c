"""Errors with which a provider refuses a request."""


class ApiError(Exception):
    """The cloud's API refused a call; str() reads as the real provider's error does."""

    def __init__(self, doing: str, operation: str, code: str, message: str, status: int = 400) -> None:
        """`doing`: what the provider was at, such as "creating S3 Bucket (b)"; `operation`: "S3: CreateBucket"."""
        super().__init__(
            f"{doing}: operation error {operation}, https response error StatusCode: {status}, "
            f"api error {code}: {message}"
        )
        self.code, self.message, self.status = code, message, status


class ProviderError(Exception):
    """The provider itself refused, before or after it asked the API."""
