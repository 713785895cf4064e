"""The page of recipes, run from top to bottom as it is printed, with the files that it names."""

import re
from dataclasses import replace
from pathlib import Path

import matplotlib as mpl
import matplotlib.pyplot
import pytest

from tle.omm_format import write_omm_json
from tle.starter import load_starter
from tle.tle_format import write_tle

ROOT = Path(__file__).parents[2]
BLOCKS = re.findall(r"```python\n(.*?)```", (ROOT / "docs/recipes.md").read_text(), re.DOTALL)


@pytest.fixture(scope="module")
def names(tmp_path_factory):
    """What the blocks leave behind, run one after the other; a study runs in a short form."""
    mpl.use("Agg")
    space: dict[str, object] = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path_factory.mktemp("recipes"))
        write_bundled_sets(Path("my-elements.tle"))
        Path("studies").mkdir()
        Path("studies/nksat.toml").write_text(shorten_study())
        for block in BLOCKS:
            if "first-elements.tle" in block:
                write_public_sets(space["hypotheses"], Path("first-elements.tle"))
            exec(compile(block, "docs/recipes.md", "exec"), space)
    yield space
    mpl.pyplot.close("all")


def write_bundled_sets(file):
    lines = (write_tle(each) for each in load_starter()[:8])
    file.write_text("".join(f"{first}\n{second}\n" for first, second in lines))


def write_public_sets(hypotheses, file):
    """Ours, as dispersed orbit 7 of the launch an hour late, among companions of other draws."""
    late = hypotheses[1]
    sets = [
        replace(
            late.samples[at],
            object_id=f"2027-042{letter}",
            norad_cat_id=300_000 + at,
            raan_deg=(late.samples[at].raan_deg + turn_deg) % 360.0,
        )
        for letter, at, turn_deg in (("A", 7, 0.0), ("B", 8, 0.8), ("C", 9, -0.8))
    ]
    file.write_text(write_omm_json(sets))


def shorten_study():
    text = (ROOT / "studies/nksat.toml").read_text()
    text = re.sub(r"seasons_utc = \[([^,]*),.*\]", r"seasons_utc = [\1]", text)
    for name in ("days", "contention_days", "phases"):
        text = re.sub(rf"^{name} = \d+", f"{name} = 1", text, flags=re.MULTILINE)
    return text


def test_every_recipe_runs_as_printed(names):
    """Bite: a name that the page uses and nothing on it defines, as ``stations`` once was."""
    assert len(BLOCKS) == 9
    assert len(names["found"]) > 20
    assert len(names["study"].to_pandas()) > 10


def test_the_search_says_where_and_the_identification_which(names):
    search, ranked = names["search"].to_pandas(), names["ranked"].to_pandas()

    assert set(search.hypothesis) == {"on time", "+1 h", "+1 day"}
    assert search.found_by_then.between(0.0, 1.0).all()
    assert (search.watch_from_utc <= search.watch_to_utc).all()
    assert ranked.object_id[0] == "2027-042A"
    assert ranked.hypothesis[0] == "+1 h"
    assert ranked.probability.sum() == pytest.approx(1.0)


def test_polars_holds_what_pandas_holds(names):
    """Bite: instants left without their zone, or a column of strings turned into objects."""
    for name in ("found", "plan", "search", "ranked", "study"):
        wide, narrow = names[name].to_pandas(), names[name].to_polars()
        assert list(wide.columns) == narrow.columns
        assert len(wide) == narrow.height
        for column in narrow.columns:
            if column.endswith("_utc") and column != "season_start_utc":
                assert narrow.schema[column].time_zone == str(wide[column].dt.tz) == "UTC"
                assert narrow[column].to_list() == wide[column].dt.to_pydatetime().tolist()
            elif str(narrow.schema[column]) == "Float64":
                ours = narrow[column].fill_null(float("nan")).to_numpy()
                assert ours == pytest.approx(wide[column].to_numpy(dtype=float), nan_ok=True)
            else:
                assert narrow[column].to_list() == wide[column].to_list()
