-- 0022: of the keys that wrapped an ended tenant's data, which are to go.

-- A tenant that was moved has a key of its own beside one that others share.
ALTER TABLE contract ADD COLUMN keys_own text[];
COMMENT ON COLUMN contract.keys_own IS 'those of keys that the key service was told to destroy; NULL: not told yet, or by an older program, all unless shared';
