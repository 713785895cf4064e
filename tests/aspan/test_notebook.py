"""The study notebook runs from its cells, and the stored one shows them with their outputs."""

import importlib.util
import warnings
from pathlib import Path

import nbformat
import pytest

ROOT = Path(__file__).parents[2]


def load_writer():
    spec = importlib.util.spec_from_file_location(
        "write_notebook", ROOT / "bin" / "write_notebook.py"
    )
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


writer = load_writer()


def pictures(notebook):
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    return [output for output in outputs if "image/png" in output.get("data", {})]


@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::DeprecationWarning")
def test_notebook_runs_from_its_cells_with_a_small_study():
    """Bite: a renamed column or function of the public face raises in its cell."""
    source = writer.SOURCE.read_text(encoding="utf-8")
    assert "SMALL = False" in source
    notebook = writer.build_notebook(source.replace("SMALL = False", "SMALL = True"))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the kernel's own machinery
        writer.run_notebook(notebook)

    errors = [
        output
        for cell in notebook.cells
        for output in cell.get("outputs", [])
        if output.output_type == "error" or output.get("name") == "stderr"
    ]
    assert errors == []
    assert len(pictures(notebook)) == 4


def test_stored_notebook_has_the_cells_of_its_source_and_their_outputs():
    """Bite: an edited source with the notebook left as it was."""
    stored = nbformat.read(writer.NOTEBOOK, as_version=4)
    nbformat.validate(stored)

    assert writer.is_current()
    assert len(pictures(stored)) == 4
    assert "PARAMETER" in str(stored.cells).upper()
