-- What is done for companies that do not exist.

-- name: nowhere_write
-- In place of a row that a company would get: a record that nobody reads, and
-- that a commit has to make durable as it does a row.
SELECT pg_logical_emit_message(true, 'genkan', '');
