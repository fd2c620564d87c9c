"""The contract between the provider server and a kind of resource."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from mtasts_sandbox.cloud.errors import ProviderError
from mtasts_sandbox.cloud.fields import Failure, Field

if TYPE_CHECKING:
    from mtasts_sandbox.cloud.cloud import Cloud

Properties = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Call:
    """One call of the engine about one resource."""

    cloud: "Cloud"
    region: str  # of the provider, for resources that name none
    patience: float  # seconds that a create may wait for something outside, at most as long as the program says
    account: str = ""  # whose credentials the provider has, as `Zone.account`


class Resource:
    """A kind of resource: its inputs, and how the cloud changes with it. The provider calls the methods in this order.

    `computed` are outputs unknown until the resource is created, `volatile` those that an update may change. Methods
    raise ApiError or ProviderError; they check all they can before they change anything.
    """

    type: ClassVar[str]  # the engine's token, such as "aws:s3/bucket:Bucket"
    fields: ClassVar[Mapping[str, Field]]
    computed: ClassVar[tuple[str, ...]] = ()
    volatile: ClassVar[tuple[str, ...]] = ()
    auto_name: ClassVar[str] = ""  # the input that gets `<resource name>-<7 hex>` when it is not given
    auto_name_limit: ClassVar[int] = 64
    regional: ClassVar[bool] = False  # has an input `region`, which defaults to the provider's

    def check(self, inputs: Properties) -> list[Failure]:
        """What is wrong with inputs that the table cannot say; some may still be unknown."""
        return []

    def normal(self, inputs: Properties) -> Properties:
        """The inputs with what the provider takes for the same spelt the same way, for a diff."""
        return inputs

    async def create(self, call: Call, inputs: Properties) -> str:
        """Make it; gives the id."""
        raise NotImplementedError

    def outputs(self, call: Call, id_: str, inputs: Properties) -> Properties | None:
        """The outputs beside the inputs, None when it does not exist."""
        raise NotImplementedError

    def imported_id(self, call: Call, given: str) -> str | None:
        """The resource's own id, from the one that an import gives; None when there is none.

        Raises ProviderError for another form of id, and where there is no import.
        """
        return given

    def observed(self, call: Call, id_: str, inputs: Properties) -> Properties:
        """The inputs as the cloud has them now (refresh, import); only called for what exists."""
        return inputs

    async def update(self, call: Call, id_: str, old: Properties, new: Properties) -> None:
        """Change it in place from the inputs `old` to `new`."""
        raise NotImplementedError

    def delete(self, call: Call, id_: str, inputs: Properties) -> None:
        """Delete it; what is gone already is fine."""
        raise NotImplementedError

    def gone(self, id_: str, inputs: Properties) -> ProviderError:
        """What an update of it says where it does not exist any more."""
        return ProviderError(f"updating {self.type} ({id_}): it is not there any more; run a refresh")

    def region(self, call: Call, inputs: Mapping[str, Any]) -> str:
        """The region it is in."""
        return str(inputs.get("region") or call.region)
