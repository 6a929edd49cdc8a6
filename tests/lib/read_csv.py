"""Rows of a CSV on standard input as JSON, by Python's reader: read_csv.py ENCODING"""
import csv, io, json, sys

text = sys.stdin.buffer.read().decode(sys.argv[1], "strict")
json.dump(list(csv.reader(io.StringIO(text, newline=""), strict=True)), sys.stdout)
