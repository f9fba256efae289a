"""The request of Kafka's protocol for the disks of a broker, which the client library knows without their sizes.

A broker tells how large the disk of each of its log directories is, and how much of it is free, from version 4 on.
Source: KIP-827.
"""

from aiokafka.protocol.api import Request, RequestStruct, Response
from aiokafka.protocol.types import (
    Boolean,
    CompactArray,
    CompactString,
    Int16,
    Int32,
    Int64,
    Schema,
    TaggedFields,
)


class LogDirsResponse(Response):
    """The log directories of one broker."""

    API_KEY = 35
    API_VERSION = 4
    SCHEMA = Schema(
        ("throttle_time_ms", Int32),
        ("error_code", Int16),
        (
            "log_dirs",
            CompactArray(
                ("error_code", Int16),
                ("path", CompactString("utf-8")),
                (
                    "topics",
                    CompactArray(
                        ("name", CompactString("utf-8")),
                        (
                            "partitions",
                            CompactArray(
                                ("partition", Int32),
                                ("size", Int64),
                                ("lag", Int64),
                                ("is_future", Boolean),
                                ("tags", TaggedFields),
                            ),
                        ),
                        ("tags", TaggedFields),
                    ),
                ),
                ("total_bytes", Int64),
                ("usable_bytes", Int64),
                ("tags", TaggedFields),
            ),
        ),
        ("tags", TaggedFields),
    )


class _LogDirsRequestV4(RequestStruct):
    FLEXIBLE_VERSION = True
    API_KEY = 35
    API_VERSION = 4
    RESPONSE_TYPE = LogDirsResponse
    SCHEMA = Schema(
        (
            "topics",
            CompactArray(
                ("name", CompactString("utf-8")), ("partitions", CompactArray(Int32)), ("tags", TaggedFields)
            ),
        ),
        ("tags", TaggedFields),
    )


class LogDirsRequest(Request[_LogDirsRequestV4]):
    """Asks a broker for its disks, and for none of the topics on them."""

    API_KEY = 35

    def build(self, request_struct_class: type[_LogDirsRequestV4]) -> _LogDirsRequestV4:
        """The request in the version that both sides know."""
        return request_struct_class([], {})
