"""The sources of element sets. A new one is one file here and one line in ``SOURCES``."""

from __future__ import annotations

from collections.abc import Mapping

from tle.sources.celestrak import CelestrakSource
from tle.sources.http_url import HttpUrlSource
from tle.sources.local_file import LocalFileSource
from tle.sources.spacetrack import SpaceTrackSource

# The kinds of source by the word that configuration uses; each takes its own arguments.
SOURCES: Mapping[str, type] = {
    "celestrak": CelestrakSource,
    "file": LocalFileSource,
    "space-track": SpaceTrackSource,
    "url": HttpUrlSource,
}
