#![no_main]

use ironmonger::web::form_fields;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|body: &[u8]| {
    let Ok(fields) = form_fields(body) else { return };
    assert!(fields.len() <= 5000);
    let typed = |text: &str| !text.chars().any(|c| c.is_control() && !matches!(c, '\t' | '\n' | '\r'));
    assert!(fields.iter().all(|(name, value)| typed(name) && typed(value)));
});
