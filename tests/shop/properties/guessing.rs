//! 12: whoever guesses codes of coupons and gift cards is stopped, and learns nothing.

use super::{Doors, Tried, coupon, in_parallel};
use crate::harness::{Browser, Shop};

/// Wrong codes that one guesser may try before they are told to wait.
const ALLOWED: usize = 10;

/// How many were told that the code is wrong. Each of the others was told to wait.
fn told(answers: &[String], wrong: &str) -> usize {
    assert!(answers.iter().all(|answer| answer.contains(wrong) || answer.contains("Wait ten minutes")), "{answers:?}");
    answers.iter().filter(|answer| answer.contains(wrong)).count()
}

/// Sessions that are thrown away, on two servers, at the same time, each with so many guesses.
pub fn guessers_are_stopped(sessions: usize, guesses: usize, as_processes: bool) -> Tried {
    let shop = Shop::open();
    let doors = Doors::two(&shop, as_processes);
    let hammer = shop.product("Claw hammer").stock(5).put_up();
    coupon(&shop, "SECRET", 5);

    let coupons = in_parallel(4, sessions, |at| {
        let mut mallory = doors.shopper(at);
        mallory.adds_to_cart(&hammer, 1);
        let guess = |guess: usize| {
            mallory.browser.get("/cart");
            mallory.browser.submit("Use the code", &[("coupon", &format!("GUESS{at}X{guess}"))]).text()
        };
        (0..guesses).map(guess).collect::<Vec<_>>()
    });
    assert_eq!(told(&coupons.concat(), "is not valid"), ALLOWED);
    let mut mallory = doors.shopper(0);
    mallory.adds_to_cart(&hammer, 1);
    mallory.browser.get("/cart");
    mallory.browser.submit("Use the code", &[("coupon", "SECRET")]).must_say("Wait ten minutes");

    let cards = in_parallel(4, sessions, |at| {
        let mut mallory = Browser::new(&doors.urls[at % doors.urls.len()]);
        mallory.get("/");
        mallory.follow("Gift card balance");
        let guess = |guess: usize| {
            let code = format!("{:04}-{:04}-0000-0000", at % 10_000, guess % 10_000);
            mallory.submit("Show the balance", &[("code", &code)]).text()
        };
        (0..guesses).map(guess).collect::<Vec<_>>()
    });
    assert_eq!(told(&cards.concat(), "no money on a gift card with this code"), ALLOWED);
    let all = sessions * guesses;
    format!("{all} coupons and {all} gift cards guessed in {sessions} sessions on two servers: {ALLOWED} of each were answered")
}

#[test]
fn a_guesser_who_throws_sessions_away_is_stopped_all_the_same() {
    guessers_are_stopped(3, 5, false);
}
