DROP TABLE invitations, accounts;
