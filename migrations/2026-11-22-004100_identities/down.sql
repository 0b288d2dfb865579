DROP TABLE identities;
DROP FUNCTION identities_at_most_20();
DROP TABLE identity_providers;
DROP FUNCTION identity_providers_stay();
