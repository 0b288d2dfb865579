DROP TABLE alerts;
DROP FUNCTION alerts_bounded;
