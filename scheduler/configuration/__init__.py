"""Tables of ``stations.toml`` and ``satellites.toml`` into frozen objects, strictly.

The caller reads the file; only names of time zones are looked up in the system's own tables.
"""

from scheduler.configuration.satellites import parse_satellites
from scheduler.configuration.stations import parse_stations

__all__ = ["parse_satellites", "parse_stations"]
