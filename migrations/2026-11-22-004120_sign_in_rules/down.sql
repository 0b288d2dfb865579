DROP TABLE sign_in_rules;
