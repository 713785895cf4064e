"""Run the migrations on the connection that ``app.store.session`` hands over."""

from alembic import context

from app.store import (  # noqa: F401 (their tables belong to the metadata)
    schema_access,
    schema_ephemerides,
    schema_executions,
    schema_nightly,
    schema_reservations,
    schema_timing,
    schema_webhooks,
)
from app.store.schema import metadata

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=metadata,
    render_as_batch=connection.dialect.name == "sqlite",
    transactional_ddl=True,
)
context.run_migrations()
