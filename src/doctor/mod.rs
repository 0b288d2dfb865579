//! Compares the ledgers of stock, money and gateways and tells every difference.
