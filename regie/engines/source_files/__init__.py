"""Files that people bring, as DuckDB relations; reads the file, nothing else.

In: a path. Out: a relation in which every row of the file stands once, read or set aside with its
number and its text, and the form of the file. `reading` is the entry; the others have one idea
each: `paths` (is it a file), `contents` (what is in it), `text` (encoding, lines), `layout`
(delimiter, header, footer), `delimited`, `json_lines`, `workbooks`, `parquet` (one format each),
`records` (rows into a relation), `values` (decimal marks, text decoded wrongly).
"""

__all__ = ["paths", "reading"]
