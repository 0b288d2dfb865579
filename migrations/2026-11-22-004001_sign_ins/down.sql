DROP TABLE sign_ins;
DROP FUNCTION pages_sign_in_ended();
DROP FUNCTION pages_sign_ins_gone();
