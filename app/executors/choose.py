"""Which executor a computation gets: the cheapest that pays."""

from __future__ import annotations

from app.executors.base import Executor
from app.executors.dask_cluster import DaskCluster
from app.executors.in_process import InProcess
from app.executors.processes import Processes

# Connecting to a cluster and sending pieces costs about a second.
CLUSTER_PAYS_ABOVE_SATELLITE_DAYS = 10_000.0
# A spawned worker costs about 1.5 s before its first piece: as much as so much searching.
PROCESSES_PAY_ABOVE_SATELLITE_DAYS = 50_000.0


def choose_executor(satellite_days: float, *, workers: int, cluster: str = "") -> Executor:
    """Take the user's Dask cluster or processes, each where it pays, else this process.

    ``satellite_days`` counts satellites x stations x days; ``cluster`` is a scheduler's address.
    """
    if cluster and satellite_days > CLUSTER_PAYS_ABOVE_SATELLITE_DAYS:
        return DaskCluster(address=cluster)
    if workers > 1 and satellite_days > PROCESSES_PAY_ABOVE_SATELLITE_DAYS:
        return Processes(workers)
    return InProcess()
