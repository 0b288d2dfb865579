#![no_main]

use ironmonger::payments::told_by;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|message: &[u8]| {
    for provider in ["stripe", "paypal", "sandbox"] {
        if let Ok(Some(notice)) = told_by(provider, message) {
            assert!(notice.event_id.len() <= message.len());
        }
    }
});
