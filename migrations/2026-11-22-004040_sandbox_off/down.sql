UPDATE gateway_settings SET active = TRUE, version = version + 1 WHERE code = 'sandbox' AND NOT active;
