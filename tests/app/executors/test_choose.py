"""The executor that a computation gets."""

from __future__ import annotations

from app.executors import DaskCluster, InProcess, Processes
from app.executors.choose import (
    CLUSTER_PAYS_ABOVE_SATELLITE_DAYS,
    PROCESSES_PAY_ABOVE_SATELLITE_DAYS,
    choose_executor,
)


def test_processes_are_used_only_where_they_pay():
    much = 2.0 * PROCESSES_PAY_ABOVE_SATELLITE_DAYS

    assert isinstance(choose_executor(1.0, workers=4), InProcess)
    assert isinstance(choose_executor(much, workers=4), Processes)
    assert choose_executor(much, workers=4).workers == 4
    assert isinstance(choose_executor(much, workers=1), InProcess)


def test_a_cluster_that_the_user_names_is_used_where_it_pays():
    much = 2.0 * CLUSTER_PAYS_ABOVE_SATELLITE_DAYS

    assert isinstance(choose_executor(much, workers=4, cluster="tcp://host:8786"), DaskCluster)
    assert isinstance(choose_executor(1.0, workers=4, cluster="tcp://host:8786"), InProcess)
