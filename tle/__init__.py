"""Where is the satellite, and how well do we know it?

=====================  =====================================================================
elements               ElementSet: the mean elements of one object, with their origin
reading                read any file of element sets (or an OEM): ``read_elements``
tle_format, omm_format, oem_format      the formats, strict; ``starter``: the bundled sets
propagation            the only builder of SGP4 records; the Ephemeris protocol
interpolation, frames  positions between the states of an OEM, in TEME
catalogue, offers      which set, or which source, serves an instant
freshness, timing      grade of age; timing uncertainty learnt from history
quarantine, watch      judge a new set against history; manoeuvred, decaying, lost
refresh, sources       who is due, and the run over a source and a sink
nominal, launch        sets for satellites that do not fly yet
timebase, errors       the one place for time; the tree of errors
=====================  =====================================================================
"""
