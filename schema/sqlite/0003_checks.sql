-- SPDX-License-Identifier: MIT
-- The same checks in words that cost less: for a list of more than two words SQLite builds a table
-- each time, which was an eighth of what a job costs the store. Never edited: a change is a new file
-- with the next number.

-- No row has to be looked at, as the checks say the same; hence this way and not a new table.
PRAGMA writable_schema = ON;
UPDATE sqlite_schema SET sql = replace(sql,
  'state IN (''ready'', ''leased'', ''done'', ''not_found'', ''failed'')',
  'state = ''done'' OR state = ''leased'' OR state = ''ready'' OR state = ''not_found'' OR'
  || ' state = ''failed''')
WHERE type = 'table' AND name IN ('jobs', 'counters');
UPDATE sqlite_schema SET sql = replace(sql,
  'outcome IN (''done'', ''not_found'', ''retry'', ''refused'', ''failed'', ''interrupted'')',
  'outcome = ''retry'' OR outcome = ''refused'' OR outcome = ''interrupted'' OR outcome = ''failed'' OR'
  || ' outcome = ''not_found'' OR outcome = ''done''')
WHERE type = 'table' AND name = 'attempts';
-- Makes whoever has the store open read its schema anew.
CREATE VIEW checks_changed AS SELECT 1;
DROP VIEW checks_changed;
PRAGMA writable_schema = RESET;
