//! Differences between two snapshots as JSON: only the parts that differ are kept, and can be laid over a snapshot again.

use serde_json::{Map, Value};

/// The parts in which these differ, as they are in each. Objects are compared part by part, everything else as a whole.
pub fn difference(before: &Value, after: &Value) -> (Value, Value) {
    let (Value::Object(before), Value::Object(after)) = (before, after) else { return (Value::Null, Value::Null) };
    let (mut was, mut is) = (Map::new(), Map::new());
    for key in before.keys().chain(after.keys().filter(|key| !before.contains_key(*key))) {
        match (before.get(key), after.get(key)) {
            (Some(a), Some(b)) if a == b => {}
            (Some(a @ Value::Object(_)), Some(b @ Value::Object(_))) => {
                let (a, b) = difference(a, b);
                was.insert(key.clone(), a);
                is.insert(key.clone(), b);
            }
            (a, b) => {
                was.extend(a.map(|a| (key.clone(), a.clone())));
                is.extend(b.map(|b| (key.clone(), b.clone())));
            }
        }
    }
    (Value::Object(was), Value::Object(is))
}

/// No part differs.
pub fn is_none(parts: &Value) -> bool {
    parts.as_object().is_none_or(Map::is_empty)
}

/// Makes `base`, in the parts of which a revision tells, what `wanted` says. `other` is the revision's other side: what only that
/// has was not there, and goes.
pub fn lay_over(base: &mut Value, wanted: &Value, other: &Value) {
    let (Value::Object(base), Value::Object(wanted), Value::Object(other)) = (base, wanted, other) else { return };
    for (key, value) in wanted {
        match (base.get_mut(key), value, other.get(key)) {
            (Some(part @ Value::Object(_)), Value::Object(_), Some(of @ Value::Object(_))) => lay_over(part, value, of),
            _ => {
                base.insert(key.clone(), value.clone());
            }
        }
    }
    for key in other.keys().filter(|key| !wanted.contains_key(*key)) {
        base.remove(key);
    }
}

/// The same, but only where `base` still is what `other` says. Gives the parts that something else has changed since.
pub fn take_back(base: &mut Value, wanted: &Value, other: &Value, path: &str) -> Vec<String> {
    let (Value::Object(base), Value::Object(wanted), Value::Object(other)) = (base, wanted, other) else { return vec![] };
    let mut kept = vec![];
    for key in wanted.keys().chain(other.keys().filter(|key| !wanted.contains_key(*key))) {
        let at = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
        let (want, of) = (wanted.get(key), other.get(key));
        if let (Some(part @ Value::Object(_)), Some(want @ Value::Object(_)), Some(of @ Value::Object(_))) = (base.get_mut(key), want, of) {
            kept.extend(take_back(part, want, of, &at));
        } else if base.get(key) != of {
            kept.push(at);
        } else if let Some(want) = want {
            base.insert(key.clone(), want.clone());
        } else {
            base.remove(key);
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn only_what_differs_is_kept() {
        let before = json!({"title": "Hammer", "variants": {"1": {"price": 100, "sku": "A"}, "2": {"price": 5, "sku": "B"}}});
        let after =
            json!({"title": "Hammer", "variants": {"1": {"price": 120, "sku": "A"}, "2": {"price": 5, "sku": "B"}, "3": {"sku": "C"}}});
        let (was, is) = difference(&before, &after);
        assert_eq!(was, json!({"variants": {"1": {"price": 100}}}));
        assert_eq!(is, json!({"variants": {"1": {"price": 120}, "3": {"sku": "C"}}}));
        assert!(is_none(&difference(&after, &after).0));
    }

    #[test]
    fn what_changed_again_since_is_kept_and_told() {
        let mut now = json!({"title": "Third", "vendor": "Bosch", "variants": {"1": {"price": 120}}});
        let (was, is) = (
            json!({"title": "First", "vendor": "Makita", "variants": {"1": {"price": 100}}}),
            json!({"title": "Second", "vendor": "Bosch", "variants": {"1": {"price": 120}}}),
        );
        assert_eq!(take_back(&mut now, &was, &is, ""), ["title"]);
        assert_eq!(now, json!({"title": "Third", "vendor": "Makita", "variants": {"1": {"price": 100}}}));
    }

    fn tree() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![any::<i8>().prop_map(|n| json!(n)), Just(Value::Null), Just(json!(["a"]))];
        let part = leaf.prop_recursive(2, 12, 4, |inner| {
            proptest::collection::btree_map("[a-c]", inner, 0..4).prop_map(|map| Value::Object(map.into_iter().collect()))
        });
        proptest::collection::btree_map("[a-d]", part, 0..5).prop_map(|map| Value::Object(map.into_iter().collect()))
    }

    proptest! {
        #[test]
        fn a_difference_laid_over_leads_from_one_to_the_other_and_back(before in tree(), after in tree()) {
            let (was, is) = difference(&before, &after);
            let mut there = before.clone();
            lay_over(&mut there, &is, &was);
            prop_assert_eq!(&there, &after);
            let mut back = after.clone();
            prop_assert!(take_back(&mut back, &was, &is, "").is_empty());
            prop_assert_eq!(&back, &before);
        }
    }
}
