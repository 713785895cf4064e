# Aspan in a container: locked dependencies, no build tools in the final image, not as root.
ARG PYTHON=python:3.12-slim-bookworm

FROM ${PYTHON} AS build
ENV UV_COMPILE_BYTECODE=1 UV_LINK_MODE=copy UV_PYTHON_DOWNLOADS=never PIP_DISABLE_PIP_VERSION_CHECK=1
RUN pip install --no-cache-dir uv==0.13.9
WORKDIR /opt/aspan
COPY pyproject.toml uv.lock ./
RUN uv sync --frozen --no-dev --extra postgres --no-install-project
COPY README.md LICENSE stations.toml satellites.toml ./
COPY tle tle
COPY scheduler scheduler
COPY app app
COPY aspan aspan
RUN uv sync --frozen --no-dev --extra postgres --no-editable
# The image is worth nothing if the solver does not load: plan one day of the bundled elements.
RUN cd /tmp && ASPAN_DATA_FOLDER=/tmp/proof /opt/aspan/.venv/bin/aspan plan --station kaznu \
    --satellite all --start 2026-09-06T12:00:00Z --days 1 --solver ilp --format json > /tmp/plan.json \
    && rm -rf /tmp/proof /tmp/plan.json

FROM ${PYTHON}
RUN apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --no-log-init --uid 10001 --create-home --home-dir /var/lib/aspan aspan
COPY --from=build /opt/aspan/.venv /opt/aspan/.venv
ENV PATH=/opt/aspan/.venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    ASPAN_HOST=0.0.0.0 \
    ASPAN_PORT=8000 \
    ASPAN_DATA_FOLDER=/var/lib/aspan/data
USER aspan
WORKDIR /var/lib/aspan
VOLUME ["/var/lib/aspan"]
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request as u; u.urlopen(f'http://127.0.0.1:{os.environ[\"ASPAN_PORT\"]}/healthz', timeout=4).read()"]
# On an address that is not loopback the service starts only with ASPAN_ADMIN_KEY in the environment.
CMD ["aspan", "serve"]
