#![no_main]

use ironmonger::search::clauses;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|typed: &str| {
    assert!(clauses(typed).len() <= 12);
});
