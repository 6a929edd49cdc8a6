"""Cells of the first sheet of a flat OpenDocument file as JSON: read_fods.py FILE

Rows of [type, value, formula]: what the spreadsheet takes the cell for (empty,
string, float, date, ...), what it holds, and what it computes, if anything.
"""
import json, sys
import xml.etree.ElementTree as xml

OFFICE, TABLE, TEXT = ("{urn:oasis:names:tc:opendocument:xmlns:%s:1.0}" % name for name in ("office", "table", "text"))
EMPTY = ["empty", "", ""]


def words(node):
    said = node.text or ""
    for child in node:
        if child.tag == TEXT + "s":
            said += " " * int(child.get(TEXT + "c", 1))
        else:
            said += {TEXT + "tab": "\t", TEXT + "line-break": "\n"}.get(child.tag) or words(child)
        said += child.tail or ""
    return said


def cell(node):
    kind = node.get(OFFICE + "value-type", "empty")
    value = node.get(OFFICE + kind + "-value") or node.get(OFFICE + "value")
    if value is None:
        value = "\n".join(words(p) for p in node.findall(TEXT + "p"))
    return [kind, value, node.get(TABLE + "formula", "")]


rows = []
for row in xml.parse(sys.argv[1]).iter(TABLE + "table").__next__().iter(TABLE + "table-row"):
    cells = []
    for node in row:
        cells += [cell(node)] * int(node.get(TABLE + "number-columns-repeated", 1))
    while cells and cells[-1] == EMPTY:
        cells.pop()
    if cells:
        rows += [cells] * int(row.get(TABLE + "number-rows-repeated", 1))
json.dump(rows, sys.stdout)
