DROP TABLE retention_rules;
DROP TABLE erasures;
DROP TABLE privacy_exports;
