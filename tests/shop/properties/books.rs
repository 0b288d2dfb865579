//! 13: the books of stock, orders, money and providers differ by nothing, whatever happened.

use std::{process::Command, thread, time::Duration};

use super::{Tried, all_is_right, day::a_day};
use crate::harness::{Server, Shop};

/// So many days of a shop, then `ironmonger doctor` as a person would call it, and by another hand one unit more.
pub fn the_doctor_finds_nothing(days: usize) -> Tried {
    let shop = Shop::open();
    let hammer = shop.product("Claw hammer").stock(200).put_up();
    shop.owner();
    let mut server = Server::start(&shop, "");
    for _ in 0..days {
        assert_eq!(a_day(&shop, &mut server, &hammer), Vec::<String>::new());
    }
    for _ in 0..120 {
        if shop.count("SELECT count(*) FROM jobs WHERE schedule_key IS NULL AND run_at < now() + interval '1 minute'") == 0 {
            break;
        }
        thread::sleep(Duration::from_millis(500));
    }
    all_is_right(&shop);
    let asks = || {
        let mut command = Command::new(env!("CARGO_BIN_EXE_ironmonger"));
        command.env_clear().current_dir(shop.folder()).args(["--database-url", &shop.database_url, "--secret-keys", &"k".repeat(40)]);
        command.args(["--base-url", &server.url, "--listen", server.url.trim_start_matches("http://")]);
        let output = command.arg("--data-dir").arg(shop.folder()).arg("doctor").output().unwrap();
        (output.status.code(), String::from_utf8_lossy(&output.stdout).into_owned())
    };
    let (code, said) = asks();
    assert_eq!(code, Some(0), "{said}");
    let orders = shop.count("SELECT count(*) FROM orders");
    shop.meddle("UPDATE stock SET on_hand = on_hand + 1");
    let (code, said) = asks();
    assert_eq!(code, Some(1), "one unit that no book explains is told: {said}");
    format!("{days} days, {orders} orders: stock, money and the provider's list differ by 0; one unit by another hand is told")
}

#[test]
fn the_books_agree_after_a_day_and_one_unit_too_many_is_told() {
    the_doctor_finds_nothing(1);
}
