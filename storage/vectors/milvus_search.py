"""Searches in Milvus over a gRPC channel of their own.

`MilvusClient.search` needs a thread and makes three objects of each hit. The measurements are in
docs/decisions/019-vector-index-of-a-server.md.
"""

import base64
from collections.abc import Mapping
from typing import Any

import grpc
import numpy as np
from numpy.typing import NDArray
from pymilvus import Prepare
from pymilvus.client.utils import check_status
from pymilvus.grpc_gen.milvus_pb2_grpc import MilvusServiceStub

from storage.vectors.arrays import Hits

_ANY_TIME = 1
"""A search does not wait for the newest writes. A publish has waited until searches see its rows."""


class SearchChannel:
    """Sends searches to a server or to Milvus Lite. It belongs to the event loop in which it was created."""

    def __init__(
        self,
        address: str,
        *,
        is_secure: bool,
        token: str,
        database: str,
        options: Mapping[str, int | bool],
        fields: list[str],
    ) -> None:
        """Prepare a channel, which connects with the first search.

        Args:
            address: host:port of a server, or the address of Milvus Lite's socket.
            is_secure: whether the server is called by TLS.
            token: "user:password" or an API key; empty without authentication.
            database: the name of the database; empty for the default one.
            options: of the gRPC channel, by name.
            fields: the fields that come with the hits and their ids.
        """
        arguments = [("grpc.max_receive_message_length", -1), *options.items()]
        if is_secure:
            self._channel = grpc.aio.secure_channel(address, grpc.ssl_channel_credentials(), arguments)
        else:
            self._channel = grpc.aio.insecure_channel(address, arguments)
        self._service = MilvusServiceStub(self._channel)
        self._database = database
        self._fields = fields
        self._metadata = [("authorization", base64.b64encode(token.encode()).decode())] if token else []

    async def search(
        self,
        collection: str,
        *,
        data: NDArray[np.float32] | list[str],
        field: str,
        limit: int,
        expression: str,
        search_params: Mapping[str, Any],
        timeout_s: float,
    ) -> list[Hits]:
        """Search a collection.

        Args:
            collection: name of the collection.
            data: user vectors, float32, shape (searches, dimension), or one text for each search.
            field: the field to search.
            limit: maximum number of hits of each search.
            expression: the filter; empty for all rows.
            search_params: the metric, and the parameters of the kind of index.
            timeout_s: deadline in seconds.

        Returns:
            The hits of each search, best first.

        Raises:
            MilvusException: the server refuses the search.
            grpc.RpcError: the server gives no answer.
        """
        request = Prepare.search_requests_with_expr(
            collection_name=collection,
            anns_field=field,
            param=search_params,
            limit=limit,
            data=data,
            expr=expression,
            output_fields=self._fields,
            guarantee_timestamp=_ANY_TIME,
        )
        request.db_name = self._database
        response = await self._service.Search(request, timeout=timeout_s, metadata=self._metadata)
        check_status(response.status)
        found = response.results
        ends = np.cumsum(found.topks)
        movie_ids = np.fromiter(found.ids.int_id.data, np.int64, ends[-1])
        scores = np.fromiter(found.scores, np.float32, ends[-1])
        return list(zip(np.split(movie_ids, ends[:-1]), np.split(scores, ends[:-1]), strict=True))

    async def close(self) -> None:
        """Close the channel. Safe to repeat."""
        await self._channel.close()
