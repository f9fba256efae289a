"""The requests of Kafka's protocol that the client library lacks: keeping a password, and rights many at once."""

from collections.abc import Sequence
from dataclasses import astuple, dataclass

from aiokafka.protocol.admin import (
    CreateAclsRequest,
    CreateAclsRequestStruct,
    DeleteAclsRequest,
    DeleteAclsRequestStruct,
)
from aiokafka.protocol.api import Request, RequestStruct, Response
from aiokafka.protocol.types import (
    CompactArray,
    CompactBytes,
    CompactString,
    Int8,
    Int16,
    Int32,
    Schema,
    TaggedFields,
)

SCRAM_SHA_512 = 2


@dataclass(frozen=True, slots=True)
class Acl:
    """A right in the protocol's numbers, its fields in the protocol's order."""

    resource_type: int
    resource_name: str
    pattern_type: int
    principal: str
    host: str
    operation: int
    permission: int


class CreateAcls(CreateAclsRequest):
    """Gives rights."""

    def __init__(self, acls: Sequence[Acl]) -> None:
        self._acls = acls

    def build(self, request_struct_class: type[CreateAclsRequestStruct]) -> CreateAclsRequestStruct:
        """The request in the version that both sides know; the first, without prefixes, no broker of today knows."""
        return request_struct_class([astuple(acl) for acl in self._acls])


class DeleteAcls(DeleteAclsRequest):
    """Takes rights away."""

    def __init__(self, acls: Sequence[Acl]) -> None:
        self._acls = acls

    def build(self, request_struct_class: type[DeleteAclsRequestStruct]) -> DeleteAclsRequestStruct:
        """The request in the version that both sides know, as above."""
        return request_struct_class([astuple(acl) for acl in self._acls])


@dataclass(frozen=True, slots=True)
class Secret:
    """What Kafka keeps of a password."""

    user: str
    iterations: int
    salt: bytes
    salted_password: bytes


class KeepSecretsResponse(Response):
    """What became of each."""

    API_KEY = 51
    API_VERSION = 0
    SCHEMA = Schema(
        ("throttle_time_ms", Int32),
        (
            "results",
            CompactArray(
                ("user", CompactString("utf-8")),
                ("error_code", Int16),
                ("error_message", CompactString("utf-8")),
                ("tags", TaggedFields),
            ),
        ),
        ("tags", TaggedFields),
    )


class _KeepSecretsRequestV0(RequestStruct):
    FLEXIBLE_VERSION = True
    API_KEY = 51
    API_VERSION = 0
    RESPONSE_TYPE = KeepSecretsResponse
    SCHEMA = Schema(
        (
            "deletions",
            CompactArray(("user", CompactString("utf-8")), ("mechanism", Int8), ("tags", TaggedFields)),
        ),
        (
            "upsertions",
            CompactArray(
                ("user", CompactString("utf-8")),
                ("mechanism", Int8),
                ("iterations", Int32),
                ("salt", CompactBytes),
                ("salted_password", CompactBytes),
                ("tags", TaggedFields),
            ),
        ),
        ("tags", TaggedFields),
    )


class KeepSecrets(Request[_KeepSecretsRequestV0]):
    """Keeps what is needed to check passwords, in the place of what was kept before."""

    API_KEY = 51

    def __init__(self, secrets: Sequence[Secret]) -> None:
        self._secrets = secrets

    def build(self, request_struct_class: type[_KeepSecretsRequestV0]) -> _KeepSecretsRequestV0:
        """The request in the version that both sides know."""
        upsertions: list[tuple[str, int, int, bytes, bytes, dict[int, bytes]]] = [
            (one.user, SCRAM_SHA_512, one.iterations, one.salt, one.salted_password, {})
            for one in self._secrets
        ]
        return request_struct_class([], upsertions, {})
