-- What staff change and nothing else told of: the rules and the goods of collections, choices of attributes, the order of options,
-- what belongs together, the parts of bundles, and downloads that staff renew or withdraw.
SELECT audit_follow('attribute_choices', 'id');
SELECT audit_follow('collection_rules', 'collection_id,position');
SELECT audit_follow('collection_members', 'collection_id,product_id', 'position,from_at,until_at', '', 'INSERT OR DELETE');
SELECT audit_follow('option_values', 'product_id,option,value', 'used', '', 'UPDATE');
SELECT audit_follow('related_products', 'product_id,related_id,kind');
SELECT audit_follow('bundle_parts', 'bundle_id,part_id');
SELECT audit_follow('downloads', 'id', 'used,continued,used_at', '', 'UPDATE');
