DROP FUNCTION stock_let_go, stock_allocate, stock_reserve, stock_shortages, stock_sweep;
DROP TRIGGER stock_spread_changed ON stock;
DROP TRIGGER stock_spread_new ON stock;
ALTER TABLE store DROP COLUMN hold_minutes;
DELETE FROM stock_movements WHERE cause = 'transferred';
UPDATE stock_movements SET cause = 'adjusted' WHERE cause IN ('received', 'counted', 'scrapped');
ALTER TABLE stock_movements
    DROP COLUMN location_id, DROP COLUMN receipt_id, DROP COLUMN transfer_id, DROP COLUMN stocktake_id, DROP COLUMN note,
    DROP CONSTRAINT stock_movements_cause_known,
    ADD CONSTRAINT stock_movements_cause_known CHECK (cause IN ('imported', 'adjusted', 'allocated', 'released', 'shipped', 'returned'));
DROP TABLE stocktake_lines, stocktakes, transfers, receipts, location_stock, reservations, locations;
DROP FUNCTION stock_spread, stock_put, location_stock_adds_up;
ALTER TABLE stock
    DROP CONSTRAINT stock_available,
    DROP COLUMN scarcity, DROP COLUMN reserved, DROP COLUMN backorder_limit, DROP COLUMN preorder, DROP COLUMN available_from,
    DROP COLUMN low_at, DROP COLUMN most_per_order,
    ADD CONSTRAINT stock_available CHECK (on_hand >= allocated OR NOT tracked) NOT VALID,
    RESET (fillfactor);
