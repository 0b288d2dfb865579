//! 12: whoever guesses codes of coupons and gift cards is stopped, and learns nothing.

use std::time::{Duration, Instant};

use super::{Doors, Tried, coupon, in_parallel};
use crate::harness::{Browser, Shop};

/// Wrong codes that one guesser may try at once before they are told to wait, and from then on one in each minute.
const ALLOWED: usize = 10;
const GAP: Duration = Duration::from_secs(60);

/// So many were told that the code is wrong as may be, and each of the others was told to wait.
fn must_be_stopped(answers: &[String], wrong: &str, began: Instant) {
    assert!(answers.iter().all(|answer| answer.contains(wrong) || answer.contains("Too many tries")), "{answers:?}");
    let told = answers.iter().filter(|answer| answer.contains(wrong)).count();
    let most = ALLOWED + usize::try_from(began.elapsed().as_secs() / GAP.as_secs()).unwrap();
    assert!((ALLOWED..=most).contains(&told), "{told} of {} were answered, {ALLOWED} to {most} may be", answers.len());
}

/// Sessions that are thrown away, on two servers, at the same time, each with so many guesses.
pub fn guessers_are_stopped(sessions: usize, guesses: usize, as_processes: bool) -> Tried {
    let shop = Shop::open();
    let doors = Doors::two(&shop, as_processes);
    let hammer = shop.product("Claw hammer").stock(5).put_up();
    coupon(&shop, "SECRET", 5);

    let began = Instant::now();
    let coupons = in_parallel(4, sessions, |at| {
        let mut mallory = doors.shopper(at);
        mallory.adds_to_cart(&hammer, 1);
        let guess = |guess: usize| {
            mallory.browser.get("/cart");
            mallory.browser.submit("Use the code", &[("coupon", &format!("GUESS{at}X{guess}"))]).text()
        };
        (0..guesses).map(guess).collect::<Vec<_>>()
    });
    must_be_stopped(&coupons.concat(), "is not valid", began);
    let mut mallory = doors.shopper(0);
    mallory.adds_to_cart(&hammer, 1);
    mallory.browser.get("/cart");
    mallory.browser.submit("Use the code", &[("coupon", "SECRET")]).must_say("Too many tries");

    let began = Instant::now();
    let cards = in_parallel(4, sessions, |at| {
        let mut mallory = Browser::new(&doors.urls[at % doors.urls.len()]);
        let guess = |guess: usize| {
            mallory.get("/gift-cards/balance");
            let code = format!("{:04}-{:04}-0000-0000", at % 10_000, guess % 10_000);
            mallory.submit("Show the balance", &[("code", &code)]).text()
        };
        (0..guesses).map(guess).collect::<Vec<_>>()
    });
    must_be_stopped(&cards.concat(), "no money on a gift card with this code", began);
    let all = sessions * guesses;
    format!(
        "{all} coupons and {all} gift cards guessed in {sessions} sessions on two servers: {ALLOWED} of each were answered, and one more a minute"
    )
}

#[test]
fn a_guesser_who_throws_sessions_away_is_stopped_all_the_same() {
    guessers_are_stopped(3, 5, false);
}
