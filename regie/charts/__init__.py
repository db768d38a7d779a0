"""Charts: a document's figures as SVG, drawn by us; pure.

In: figures of `terms.document` and a width. Out: SVG text with a title and a description, its
numbers and days in the reader's language. `draw` takes any figure, `spark` a tile's small line,
`style` is the CSS that colours both; `line` tells where a line's marks stand; `markup` is how tags
are written, escaped by construction.
"""

__all__ = ["draw", "line", "markup", "spark", "style"]
