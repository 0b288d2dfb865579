#![no_main]

use ironmonger::{base::Currency, exchange::look_through};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|file: &[u8]| {
    let Ok(kept) = tempfile::NamedTempFile::new() else { return };
    if std::fs::write(kept.path(), file).is_err() {
        return;
    }
    let Ok(currency) = Currency::parse("GBP") else { return };
    let Ok(report) = look_through(kept.path(), currency) else { return };
    let lines = file.iter().filter(|byte| **byte == b'\n').count() as u64 + 2;
    assert!(report.problems.iter().all(|problem| problem.row <= lines && problem.message.len() <= 5000));
});
