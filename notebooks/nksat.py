"""The study of NKSAT as cells; bin/write_notebook.py turns it into nksat.ipynb and runs it."""

# %% [markdown]
# # NKSAT before it flies: orbits, stations, contacts
#
# Nothing of NKSAT's orbit, mass or radio is published. **Every figure of the satellite below is a
# parameter of this study.** Positions of the partner stations are from memory and their antennas are
# examples; the horizon of KazNU is an estimate. The satellites already served stand where the bundled
# element sets of September 2026 put them.

# %%
from pathlib import Path

import matplotlib.pyplot as plt

import aspan

SMALL = False  # the tests set it: fewer seasons and days, so that they stay short
study_file = next(p for p in (Path("studies/nksat.toml"), Path("../studies/nksat.toml")) if p.exists())

# %% [markdown]
# ## A design becomes passes
#
# 500 km, sun-synchronous, 10:30 at the descending node.

# %%
found = aspan.find_passes("kaznu", start="2027-01-01T00:00:00Z", days=1)
nksat = aspan.make_nominal(
    aspan.SunSynchronous(altitude_km=500, local_time_h=10.5, node="descending"),
    found.span.start_utc,
    name="NKSAT",
    drag=aspan.Drag(area_m2=0.5, mass_kg=100, solar_flux_sfu=140),
)
passes = aspan.find_passes("kaznu", nksat, start="2027-01-01T00:00:00Z", days=2)
print(*nksat.assumptions, sep="\n")
passes.to_pandas()[["aos_utc", "duration_s", "usable_s", "max_elevation_deg", "element_source"]]

# %%
axes = aspan.plot.polar(passes, *range(min(4, len(passes))))
plt.show()

# %% [markdown]
# ## Beside the satellites already served
#
# The real planner decides; NKSAT has priority 1 here, no more than most.

# %%
both = aspan.find_passes("kaznu", [*{s.id for s in found.satellites if s.served}, nksat],
                         start="2027-01-01T00:00:00Z", days=1)
plan = aspan.make_plan(both, solver="greedy")
print(plan.count_reasons())
aspan.plot.timeline(plan)
plt.show()

# %% [markdown]
# ## 500 and 600 km, KazNU alone and with partners
#
# The study file varies height, network, mask, rate and priority over four seasons.

# %%
import tomllib

document = tomllib.loads(study_file.read_text())
if SMALL:
    document |= {"seasons_utc": document["seasons_utc"][:2], "days": 2, "contention_days": 1, "phases": 1}
    document["station_set"] = [document["station_set"][0], {"id": "with-partners", "stations": ["kaznu", "sanya"]}]
study = aspan.run_study(document)
print(*study.assumptions, sep="\n")
table = study.to_pandas()
summary = study.to_pandas(summary=True)
own = summary[(summary["mask"] == "configured")].drop_duplicates(["orbit", "station_set"])
own[["orbit", "station_set", "passes_day", "minutes_day", "minutes_day_least", "minutes_day_greatest",
     "longest_gap_h", "mean_wait_h", "p95_wait_h"]].round(2)

# %%
aspan.plot.study(study)
plt.show()

# %% [markdown]
# ## What comes down, and what the antenna must give
#
# Volumes are rate times usable time after lock, once where stations see it together.

# %%
volumes = summary[summary["mask"] == "configured"].drop_duplicates(["orbit", "station_set", "rate_bps"])
volumes.assign(rate_mbps=volumes.rate_bps / 1e6, gigabytes_day=volumes.bytes_day / 1e9,
               share_needed_percent=100 * volumes.antenna_share_needed)[
    ["orbit", "station_set", "rate_mbps", "gigabytes_day", "share_needed_percent"]].round(2)

# %% [markdown]
# ## What the planner grants
#
# The part of its own windows that NKSAT gets by priority, and the minutes others lose.

# %%
granted = table.dropna(subset=["priority"]).drop_duplicates(
    ["orbit", "station_set", "season_start_utc", "priority"])
granted = granted.assign(
    design=granted.orbit.str.replace("nksat-altitude-", "") + " km\n" + granted.station_set,
    granted_percent=granted.granted_part.astype(float) * 100,
    others_lose=granted.rivals_lose_minutes_day.astype(float))
figure, axes = plt.subplots(1, 2, figsize=(11, 4), layout="constrained")
for left, (key, title) in zip(axes, [("granted_percent", "NKSAT is granted, % of its windows"),
                                     ("others_lose", "The others lose, min a day")]):
    seasons = granted.groupby(["design", "priority"], sort=False)[key]
    mean, low, high = (each.unstack() for each in (seasons.mean(), seasons.min(), seasons.max()))
    mean.plot.bar(ax=left, rot=0, xlabel="", legend=False, width=0.7, capsize=2,
                  yerr=[[(mean - low)[p], (high - mean)[p]] for p in mean])
    left.set_title(title, loc="left", fontsize="medium")
    left.axhline(0, color="black", linewidth=0.8)
    left.spines[["top", "right"]].set_visible(False)
figure.legend(*axes[0].get_legend_handles_labels(), title="priority", loc="outside right upper", frameon=False)
plt.show()
print("bars: mean of the seasons; whiskers: least and greatest season")
