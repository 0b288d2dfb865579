DROP TABLE acting_for;
DROP FUNCTION pages_acting_changed();
