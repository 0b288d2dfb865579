//! 1, 2 and 4: many who want the same thing in the same moment, and one who wants it ten times.

use super::{Doors, Tried, all_is_right, all_press, before_paying, counts, coupon, in_parallel, is_confirmation};
use crate::harness::{CARD, DECLINED, Shop, Shopper, at_once};

/// Who get ready at the same time.
const LANES: usize = 8;

#[derive(Clone, Copy)]
pub struct Race {
    pub buyers: usize,
    pub units: i32,
    pub rounds: i32,
    /// Two servers as processes of their own, or within this one.
    pub as_processes: bool,
}

/// Everybody gets ready to pay while there is enough; then the time for which it was held is over, and few are left.
pub fn buyers_get_exactly_what_there_is(race: Race) -> Tried {
    let shop = Shop::open();
    let doors = Doors::two(&shop, race.as_processes);
    let hammer = shop.product("Claw hammer").stock(0).put_up();
    let mut racers: Vec<Option<Shopper>> = (0..race.buyers).map(|_| None).collect();
    let (mut sold, mut asked_again) = (0, 0);
    for round in 0..race.rounds {
        counts(&shop, "CLAW-HAMMER", sold + 2 * i32::try_from(race.buyers).unwrap());
        let absent: Vec<usize> = (0..race.buyers).filter(|at| racers[*at].is_none()).collect();
        let ready = in_parallel(LANES, absent.len(), |at| doors.before_paying(absent[at], &hammer, None));
        absent.into_iter().zip(ready).for_each(|(at, shopper)| racers[at] = Some(shopper));
        shop.holds_run_out();
        counts(&shop, "CLAW-HAMMER", sold + race.units);

        let (pages, again) = all_press(&racers.iter().flatten().collect::<Vec<_>>(), "Place the order", &[("gateway", "manual")]);
        asked_again += again;

        assert!(pages.iter().all(|page| page.status == 200), "nobody sees a fault");
        let served: Vec<usize> = (0..race.buyers).filter(|at| is_confirmation(&pages[*at])).collect();
        assert_eq!(i32::try_from(served.len()).unwrap(), race.units, "round {round}");
        assert!(pages.iter().all(|page| is_confirmation(page) || page.says("sold out")), "the others are told");
        sold += race.units;
        assert_eq!(shop.count("SELECT count(*) FROM orders"), i64::from(sold));
        assert_eq!(shop.stock("CLAW-HAMMER"), (sold, sold));
        served.into_iter().for_each(|at| racers[at] = None);
        println!("    round {}: {sold} sold", round + 1);
    }
    all_is_right(&shop);
    let Race { buyers, units, rounds, .. } = race;
    format!("{rounds} × {buyers} buyers for {units}: {sold} orders, none too many; {asked_again} were asked to press again")
}

#[test]
fn buyers_who_race_over_two_servers_get_exactly_what_there_is() {
    buyers_get_exactly_what_there_is(Race { buyers: 16, units: 4, rounds: 2, as_processes: false });
}

/// The same two things in all carts, in opposite order; then all of it is cancelled at once.
pub fn carts_in_opposite_order_block_nobody(race: Race) -> Tried {
    let shop = Shop::open();
    let doors = Doors::two(&shop, race.as_processes);
    let many = i32::try_from(race.buyers).unwrap();
    let (hammer, saw) = (shop.product("Claw hammer").stock(many).put_up(), shop.product("Hand saw").stock(many).put_up());
    let cart = |at: usize| {
        let mut shopper = doors.shopper(at);
        let (first, second) = if (at / 2).is_multiple_of(2) { (&hammer, &saw) } else { (&saw, &hammer) };
        shopper.adds_to_cart(first, 1);
        shopper.adds_to_cart(second, 1);
        shopper.reaches_payment();
        shopper
    };
    let mut owner = shop.owner();
    for _ in 0..race.rounds {
        let racers = in_parallel(LANES, race.buyers, cart);
        let (pages, _) = all_press(&racers.iter().collect::<Vec<_>>(), "Place the order", &[("gateway", "manual")]);
        assert!(pages.iter().all(is_confirmation), "everybody is served");
        assert_eq!((shop.stock("CLAW-HAMMER"), shop.stock("HAND-SAW")), ((many, many), (many, many)));
        let numbers: Vec<&str> = pages.iter().map(|page| page.url.path().split('/').nth(2).unwrap()).collect();
        for some in numbers.chunks(16) {
            let cancel = |number: &&str| {
                owner.visits(&format!("/admin/orders/{number}/cancellation"));
                owner.browser.prepare("Cancel the order", &[])
            };
            assert!(at_once(some.iter().map(cancel).collect()).iter().all(|page| page.status == 200));
        }
        assert_eq!((shop.stock("CLAW-HAMMER"), shop.stock("HAND-SAW")), ((many, 0), (many, 0)));
    }
    all_is_right(&shop);
    format!("{} × {} carts of two things, placed at once, cancelled 16 at once: no deadlock", race.rounds, race.buyers)
}

#[test]
fn carts_of_the_same_things_in_opposite_order_block_nobody() {
    carts_in_opposite_order_block_nobody(Race { buyers: 12, units: 12, rounds: 1, as_processes: false });
}

/// Ten times as many want to use a coupon as may.
pub fn a_coupon_counts_exactly(uses: i32, as_processes: bool) -> Tried {
    let shop = Shop::open();
    let doors = Doors::two(&shop, as_processes);
    let racers = 10 * uses;
    let hammer = shop.product("Claw hammer").stock(2 * racers).put_up();
    coupon(&shop, "FEW", uses);
    let buyers = in_parallel(LANES, racers.unsigned_abs() as usize, |at| doors.before_paying(at, &hammer, Some("FEW")));

    let (pages, _) = all_press(&buyers.iter().collect::<Vec<_>>(), "Place the order", &[("gateway", "manual")]);

    let uses = i64::from(uses);
    assert_eq!(pages.iter().filter(|page| is_confirmation(page)).count() as i64, uses);
    assert!(pages.iter().all(|page| page.status == 200), "the others are told");
    assert_eq!(shop.count("SELECT uses FROM coupons"), uses);
    assert_eq!(shop.count("SELECT count(*) FROM orders WHERE discount_total = -100"), uses);
    assert_eq!(shop.count("SELECT count(*) FROM orders"), uses);
    all_is_right(&shop);
    format!("{racers} racers for {uses} uses: {uses} discounts, the others were told")
}

#[test]
fn a_coupon_for_two_orders_discounts_two_of_many_who_order_at_once() {
    a_coupon_counts_exactly(2, false);
}

/// The use of a coupon comes and goes with the payment, and with the order.
pub fn a_coupon_s_use_follows_the_payment() -> Tried {
    let shop = Shop::open();
    let hammer = shop.product("Claw hammer").stock(50).put_up();
    coupon(&shop, "ONE", 1);
    let mut annie = before_paying(&shop, "annie", &hammer, Some("ONE"));
    annie.orders_by("sandbox");
    let uses = || shop.count("SELECT uses FROM coupons");
    assert_eq!(uses(), 1);
    annie.pays_with(DECLINED).must_say("declined");
    assert_eq!(uses(), 0, "others can use it");
    annie.browser.submit("Pay", &[("gateway", "sandbox")]);
    assert_eq!(uses(), 1);
    annie.pays_with(DECLINED).must_say("declined");
    assert_eq!(uses(), 0, "the second failure, too");
    let mut bert = before_paying(&shop, "bert", &hammer, Some("ONE"));
    annie.browser.submit("Pay", &[("gateway", "sandbox")]);
    annie.pays_with(CARD).must_say("Thank you");
    assert_eq!(uses(), 1);
    bert.orders_by("sandbox").must_say("The total has changed to £13.95");
    shop.owner().cancels(&annie.order_number(), "");
    assert_eq!(uses(), 0, "a cancelled order gives it back");
    all_is_right(&shop);
    "two payments fail and the third is made; cancelled: the use is free, taken, free, taken and free".to_owned()
}

#[test]
fn a_payment_that_fails_gives_the_coupon_free_and_trying_again_takes_it_up() {
    a_coupon_s_use_follows_the_payment();
}

#[test]
fn who_tries_to_pay_again_after_others_used_the_coupon_up_is_told() {
    let shop = Shop::open();
    let hammer = shop.product("Claw hammer").stock(50).put_up();
    coupon(&shop, "ONE", 1);
    let mut annie = before_paying(&shop, "annie", &hammer, Some("ONE"));
    annie.orders_by("sandbox");
    annie.pays_with(DECLINED).must_say("declined");
    let mut bert = before_paying(&shop, "bert", &hammer, Some("ONE"));
    bert.orders_by("manual");
    assert!(is_confirmation(bert.page()));
    annie.browser.submit("Pay", &[("gateway", "sandbox")]).must_say("ONE has been used up");
    assert_eq!(shop.count("SELECT uses FROM coupons"), 1);
    assert_eq!(shop.count("SELECT sum(captured) FROM payment_attempts"), 0);
    all_is_right(&shop);
}

#[test]
fn an_order_that_is_cancelled_or_expires_gives_its_coupon_back() {
    let shop = Shop::open();
    let hammer = shop.product("Claw hammer").stock(50).put_up();
    coupon(&shop, "ONE", 1);
    let mut annie = before_paying(&shop, "annie", &hammer, Some("ONE"));
    annie.orders_by("sandbox");
    annie.pays_with(CARD);
    let number = annie.order_number();
    shop.owner().cancels(&number, "");
    let mut bert = before_paying(&shop, "bert", &hammer, Some("ONE"));
    bert.orders_by("sandbox");
    shop.pay_time_runs_out();
    assert_eq!(shop.count("SELECT uses FROM coupons"), 0);
    all_is_right(&shop);
}

/// One shopper presses the button so often at once, at both servers.
pub fn clicks_on_placing_reach_one_confirmation(clicks: usize, rounds: usize, as_processes: bool) -> Tried {
    let shop = Shop::open();
    let doors = Doors::two(&shop, as_processes);
    let hammer = shop.product("Claw hammer").stock(2 * i32::try_from(rounds).unwrap()).put_up();
    for round in 0..rounds {
        let paid = if round % 2 == 0 { "manual" } else { "sandbox" };
        let annie = doors.before_paying(round, &hammer, None);
        let click = |at| doors.sent_to(at, annie.browser.prepare("Place the order", &[("gateway", paid)]));
        let pages = at_once((0..clicks).map(click).collect());
        let place = if paid == "manual" { "/orders/" } else { "/sandbox/pay/" };
        assert!(pages.iter().all(|page| page.status == 200 && page.url.path() == pages[0].url.path()), "one page for all");
        assert!(pages[0].url.path().starts_with(place), "{}", pages[0].url);
        let orders = round as i64 + 1;
        assert_eq!(shop.count("SELECT count(*) FROM orders"), orders);
        assert_eq!(shop.count("SELECT count(*) FROM payment_attempts"), orders);
        assert_eq!(shop.count("SELECT count(*) FROM sandbox_payments"), orders / 2);
        assert_eq!(i64::from(shop.stock("CLAW-HAMMER").1), orders);
    }
    all_is_right(&shop);
    format!("{rounds} × {clicks} clicks at once on two servers: {rounds} orders, {rounds} payments, one page for each ten")
}

#[test]
fn ten_clicks_on_placing_an_order_reach_one_confirmation() {
    clicks_on_placing_reach_one_confirmation(10, 2, false);
}

/// Clicks that come when the first one's order is paid, or when its payment failed.
pub fn a_late_click_overwrites_nothing() -> Tried {
    let shop = Shop::open();
    let hammer = shop.product("Claw hammer").stock(1).put_up();
    let mut annie = before_paying(&shop, "annie", &hammer, None);
    let late = || annie.browser.prepare("Place the order", &[("gateway", "sandbox")]);
    let (second, third) = (late(), late());
    annie.orders_by("sandbox");
    annie.pays_with(CARD).must_say("Thank you");
    shop.meddle("UPDATE variants SET price = price * 2");
    let pages = at_once(vec![second, third]);
    assert!(pages.iter().all(|page| page.status == 200 && page.url.path().contains("/orders/")), "{:?}", pages[0].url);
    assert_eq!(shop.count("SELECT count(*) FROM orders WHERE payment_state = 'paid' AND total = 1395"), 1);
    assert_eq!(shop.count("SELECT count(*) FROM sandbox_payments"), 1);
    assert_eq!(shop.stock("CLAW-HAMMER"), (1, 1));
    all_is_right(&shop);
    "two clicks after the payment, at another price and sold out: still paid, charged once".to_owned()
}

#[test]
fn a_second_click_that_comes_late_changes_nothing_of_what_the_first_one_did() {
    a_late_click_overwrites_nothing();
}
