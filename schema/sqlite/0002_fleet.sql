-- SPDX-License-Identifier: MIT
-- What each worker may use of the caps that all share. Never edited: a change is a new file with
-- the next number. schema/README.md tells each column.

ALTER TABLE workers ADD COLUMN permits INTEGER DEFAULT 0 CHECK (permits >= 0);
ALTER TABLE workers ADD COLUMN caps TEXT CHECK (caps IS NULL OR json_valid(caps));
ALTER TABLE workers ADD COLUMN starts_granted INTEGER NOT NULL DEFAULT 0
  CHECK (starts_granted >= 0);
ALTER TABLE workers ADD COLUMN starts_since_ms INTEGER NOT NULL DEFAULT 0;
ALTER TABLE workers ADD COLUMN slots_from_us INTEGER NOT NULL DEFAULT 0;
ALTER TABLE workers ADD COLUMN slots_until_us INTEGER NOT NULL DEFAULT 0;

-- An older program that still runs knows no caps.
UPDATE workers SET permits = NULL WHERE ended_at_ms IS NULL;
