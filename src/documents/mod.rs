//! Printed pages: PDF with a small layout of our own. Knows no noun of the trade.
