#![no_main]

use std::{path::Path, sync::LazyLock};

use ironmonger::{base::Keys, web::Sessions};
use libfuzzer_sys::fuzz_target;

static SESSIONS: LazyLock<Sessions> = LazyLock::new(|| {
    let keys = Keys::load(Some("thirty-two characters of a secret"), Path::new("/nowhere")).expect("a ring of one key");
    Sessions::new(&keys, false)
});

fuzz_target!(|sent: &str| {
    assert!(SESSIONS.see(sent).is_none(), "nobody has sealed it");
});
