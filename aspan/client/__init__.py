"""A thin, typed client for the HTTP interface, waiting or awaiting (docs/client.md)."""

from aspan.client.clients import AspanError, AsyncClient, Client

__all__ = ["AspanError", "AsyncClient", "Client"]
