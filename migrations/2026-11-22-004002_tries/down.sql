DROP TABLE security_alarms;
DROP TABLE security_counts;
DROP FUNCTION tries_take(TEXT, TEXT, INTEGER, INTEGER);
DROP TABLE tries;
