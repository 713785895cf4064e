"""Executors: where the pieces of a large computation run. Plug point: see ``base``."""

from app.executors.base import Executor
from app.executors.dask_cluster import DaskCluster
from app.executors.in_process import InProcess
from app.executors.processes import Processes

EXECUTORS: dict[str, type[Executor]] = {
    "in_process": InProcess,
    "processes": Processes,
    "dask": DaskCluster,
}

__all__ = ["EXECUTORS", "DaskCluster", "Executor", "InProcess", "Processes"]
