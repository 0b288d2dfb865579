ALTER TABLE mails DROP COLUMN unsubscribe_url;
DROP TABLE consents;
DROP FUNCTION consents_stand;
DROP FUNCTION consents_stay;
DROP TABLE subscribers;
