import pytest
from PIL import Image

from align.regions.makers import grid


def test_cells_cover_the_picture_row_by_row():
    found = grid.maker(grid.Params(cells=2))(Image.new("RGB", (9, 5)), None)
    wanted = [[0, 0, 0.5, 0.5], [0.5, 0, 1, 0.5], [0, 0.5, 0.5, 1], [0.5, 0.5, 1, 1]]
    assert found.boxes.tolist() == wanted


@pytest.mark.parametrize("cells", [1, 3, 14])
def test_a_grid_has_as_many_cells_as_it_is_told(cells):
    found = grid.maker(grid.Params(cells=cells))(Image.new("RGB", (9, 5)), None)
    assert len(found.boxes) == len(found.scores) == cells * cells
    area = (found.boxes[:, 2:] - found.boxes[:, :2]).prod(1).sum()
    assert area == pytest.approx(1, abs=1e-5)
