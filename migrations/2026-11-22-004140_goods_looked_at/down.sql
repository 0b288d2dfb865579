DROP FUNCTION look_at_goods();
