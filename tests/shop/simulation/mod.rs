//! A simulation: shoppers, staff, a provider that breaks, time and accidents, all by chance from one seed, against a model that
//! knows what must be. Whatever fails is replayed by its seed: `SIMULATION_SEED=7 SIMULATION_STEPS=400 cargo test --test shop
//! simulation::a_chosen_seed -- --ignored --nocapture`; with `SIMULATION_LOUD=1` every act is told.
//!
//! Acts go through the rooms' own verbs on a real PostgreSQL, one after another, so that a seed always tells the same story. Time
//! is moved by hand: what is to run later runs when the simulation says so. Where two things happen at once it is made sure that
//! either may come first.

mod chance;
mod checks;
mod model;
mod provider;
mod shoppers;
mod staff;
mod world;

use std::{collections::VecDeque, future::Future, sync::Arc, time::Instant};

use ironmonger::{
    app,
    base::{Conn, Currency, Db, Money, PromotionId, Result},
    catalog, credit, promotions,
};

use self::{
    chance::Chance,
    model::{Article, GiftCard, MOST_USES, Model},
    provider::Provider,
};
use crate::harness::{Shop, wired_to};

type Step = std::result::Result<(), String>;

/// Acts that are told when something fails.
const REMEMBERED: usize = 30;

/// Steps from one night to the next. At night everything must settle.
const DAY: u64 = 400;

/// Steps between two examinations of a small shop.
const ROUND: u64 = 200;

fn pounds(minor: i64) -> Money {
    Money::new(minor, Currency::parse("GBP").unwrap())
}

struct Simulation<'a> {
    shop: &'a Shop,
    db: Db,
    wired: app::Shop,
    provider: Arc<Provider>,
    chance: Chance,
    model: Model,
    promotion: PromotionId,
    standard_delivery: i64,
    shoppers: u64,
    told: VecDeque<String>,
    step: u64,
    has_acted: bool,
    /// Every act is told as it happens.
    is_loud: bool,
    /// The provider's payments that were compared one by one.
    checked_payments: u64,
    deaths: u64,
    expired: u64,
}

/// Lets so many steps happen, by this seed, in a shop without goods. Gives a line about what happened.
///
/// # Errors
/// What went wrong, with seed, step and the acts before it.
pub fn run(shop: &Shop, seed: u64, steps: u64) -> std::result::Result<String, String> {
    let began = Instant::now();
    let mut simulation = Simulation::open(shop, seed);
    for step in 1..=steps {
        simulation.step = step;
        let is_last = step == steps;
        let done = simulation.acts().and_then(|()| if step % DAY == 0 || is_last { simulation.ends_day() } else { Ok(()) });
        let done = done.and_then(|()| if simulation.is_time_to_examine() { simulation.examine_half_way() } else { Ok(()) });
        if let Err(why) = done {
            let acts: Vec<String> = simulation.told.into_iter().collect();
            return Err(format!("seed {seed}, step {step}: {why}\n{}", acts.join("\n")));
        }
    }
    let (rate, orders) = (steps as f64 / began.elapsed().as_secs_f64(), simulation.model.placed);
    let Simulation { deaths, expired, .. } = simulation;
    let payments = simulation.provider.books().payments.len();
    Ok(format!(
        "seed {seed}: {steps} steps ({rate:.0} a second), {orders} orders, {payments} payments, {expired} not paid in time, {deaths} deaths"
    ))
}

impl<'a> Simulation<'a> {
    fn open(shop: &'a Shop, seed: u64) -> Self {
        let provider = Arc::new(Provider::of(seed));
        prepare(shop);
        let (db, wired) = wired(shop, &provider);
        let mut model = Model { promotion_runs: true, ..Model::default() };
        for (at, (name, price)) in
            [("Nail", "0.99"), ("Screw", "3.35"), ("Saw", "7.77"), ("Hammer", "10.00"), ("Plane", "14.99")].into_iter().enumerate()
        {
            let stock = 10 + 5 * at as i32;
            shop.product(name).price(price).stock(stock).weighs(100).put_up();
            let sku = name.to_uppercase();
            let wanted = sku.clone();
            let variant = shop.read(move |conn| Ok(catalog::variant_by_sku(conn, &wanted)?.unwrap().id));
            let price = pounds(0).currency;
            let price = Money::parse(["0.99", "3.35", "7.77", "10.00", "14.99"][at], price).unwrap().minor;
            model.articles.push(Article { variant, sku, price, on_hand: stock, allocated: 0 });
        }
        model.cards = (0..3).map(|at| card(shop, 2000 + 1500 * at)).collect();
        let standard_delivery = shop.count("SELECT id FROM shipping_methods WHERE name = 'Standard delivery'");
        let (chance, promotion) = (Chance::of(seed), promotion(shop));
        let (told, step) = (VecDeque::new(), 0);
        Self {
            shop,
            db,
            wired,
            provider,
            chance,
            model,
            promotion,
            standard_delivery,
            shoppers: 0,
            told,
            step,
            has_acted: false,
            is_loud: std::env::var_os("SIMULATION_LOUD").is_some(),
            checked_payments: 0,
            deaths: 0,
            expired: 0,
        }
    }

    fn acts(&mut self) -> Step {
        type Act<'a> = fn(&mut Simulation<'a>) -> Step;
        let acts: [(usize, Act<'a>); 31] = [
            (14, Self::puts_into_cart),
            (5, Self::changes_cart),
            (3, Self::types_coupon),
            (12, Self::answers),
            (3, Self::shows_gift_card),
            (14, Self::reviews),
            (14, Self::places),
            (2, Self::two_place_at_once),
            (1, Self::leaves),
            (14, Self::decides_at_provider),
            (6, Self::returns_from_provider),
            (5, Self::pays_again),
            (10, Self::message_arrives),
            (2, Self::refund_settles),
            (1, Self::lapses),
            (4, Self::cancels),
            (8, Self::ships),
            (4, Self::refunds),
            (2, Self::marks_paid),
            (5, Self::edits),
            (3, Self::asks_to_return),
            (5, Self::handles_return),
            (6, Self::receives_goods),
            (2, Self::counts_stock),
            (1, Self::changes_price),
            (1, Self::switches_promotion),
            (1, Self::changes_capture),
            (9, Self::works),
            (4, Self::retries),
            (3, Self::reconciles),
            (2, Self::holds_run_out),
        ];
        let rare: [(usize, Act<'a>); 2] = [(4, Self::pay_time_runs_out), (1, Self::restarts)];
        let all: Vec<(usize, Act<'a>)> = acts.into_iter().chain(rare).collect();
        // An act that nobody can do just now is passed over.
        for _ in 0..20 {
            let mut left = self.chance.below(all.iter().map(|(weight, _)| weight).sum());
            let act = all.iter().find(|(weight, _)| {
                if left < *weight {
                    true
                } else {
                    left -= weight;
                    false
                }
            });
            let Some((_, act)) = act else { return Ok(()) };
            act(self)?;
            if std::mem::take(&mut self.has_acted) {
                break;
            }
        }
        Ok(())
    }

    /// What is over is forgotten, so that long runs stay as quick as short ones.
    fn ends_day(&mut self) -> Step {
        self.night()?;
        self.provider.books().is_listing = true;
        let examined = self.examine();
        self.provider.books().is_listing = false;
        examined?;
        self.checked_payments = self.provider.books().payments.len() as u64;
        let many = self.model.orders.len().saturating_sub(25);
        self.model.orders.drain(..many);
        let known: Vec<_> = self.model.orders.iter().map(|order| order.id).collect();
        self.model.returns.retain(|rma| known.contains(&rma.order) && rma.back != model::Back::Closed);
        Ok(())
    }

    /// Less and less often, since there is more and more to examine.
    fn is_time_to_examine(&self) -> bool {
        self.step.is_multiple_of(ROUND.max(self.model.placed / 50 * 50))
    }

    /// Half-way, the provider knows more than the shop.
    fn examine_half_way(&self) -> Step {
        self.examine()
    }

    fn note(&mut self, act: String) {
        self.has_acted = true;
        if self.is_loud {
            println!("{:>6} {act}", self.step);
        }
        if self.told.len() == REMEMBERED {
            self.told.pop_front();
        }
        self.told.push_back(format!("{:>6} {act}", self.step));
    }

    fn write<T: Send + 'static>(&self, work: impl FnOnce(&mut Conn) -> Result<T> + Send + 'static) -> Result<T> {
        self.shop.block_on(self.db.write(work))
    }

    fn read<T: Send + 'static>(&self, work: impl FnOnce(&mut Conn) -> Result<T> + Send + 'static) -> Result<T> {
        self.shop.block_on(self.db.read(work))
    }

    /// Does something during which the shop may die while it waits for the provider. `None`: it died, and was started again.
    fn lives<T>(&mut self, work: impl Future<Output = Result<T>>) -> Option<Result<T>> {
        self.provider.books().may_die = true;
        let provider = self.provider.clone();
        let done = self.shop.block_on(async move {
            tokio::select! {
                done = work => Some(done),
                () = provider.died.notified() => None,
            }
        });
        self.provider.books().may_die = false;
        if done.is_none() {
            self.note("the shop dies and is started again".to_owned());
            self.deaths += 1;
            self.start_again();
        }
        done
    }

    /// Nothing is left but the database.
    fn start_again(&mut self) {
        (self.db, self.wired) = wired(self.shop, &self.provider);
        self.shop.meddle("UPDATE jobs SET leased_until = NULL WHERE leased_until IS NOT NULL");
    }
}

fn wired(shop: &Shop, provider: &Arc<Provider>) -> (Db, app::Shop) {
    let db = Db::new(&shop.database_url, 8).unwrap();
    let wired = wired_to(&db, "http://127.0.0.1:1", shop.folder(), None);
    shop.block_on(wired.gateways.stand_in(provider.clone())).unwrap();
    (db, wired)
}

/// Time stands still unless the simulation moves it: what is to run later waits for ever, and the reconciler finds whatever it asks
/// about old enough. Mails are written and not sent.
fn prepare(shop: &Shop) {
    shop.meddle(
        "CREATE FUNCTION wait_for_ever() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
             IF NEW.kind = 'deliver_mail' THEN RETURN NULL; END IF;
             IF NEW.run_at > clock_timestamp() + interval '1 second' THEN NEW.run_at := '2100-01-01'; END IF;
             RETURN NEW;
         END $$;
         CREATE TRIGGER wait_for_ever BEFORE INSERT OR UPDATE OF run_at ON jobs FOR EACH ROW EXECUTE FUNCTION wait_for_ever();
         CREATE FUNCTION be_old() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
             NEW.created_at := NEW.created_at - interval '1 hour';
             RETURN NEW;
         END $$;
         CREATE TRIGGER be_old BEFORE INSERT ON payment_attempts FOR EACH ROW EXECUTE FUNCTION be_old();
         CREATE TRIGGER be_old BEFORE INSERT ON refunds FOR EACH ROW EXECUTE FUNCTION be_old();
         CREATE TRIGGER be_old BEFORE INSERT ON captures FOR EACH ROW EXECUTE FUNCTION be_old();
         UPDATE store SET hold_minutes = 1440, unpaid_minutes = 10080",
    );
}

fn promotion(shop: &Shop) -> PromotionId {
    let currency = pounds(0).currency;
    let plan = promotions::Plan {
        name: "Tenth".into(),
        label: "A tenth off".into(),
        percent: Some(10.into()),
        by_coupon: true,
        ..promotions::Plan::empty(promotions::ActionKind::OrderPercent, currency)
    };
    let everything = promotions::Chosen { all: true, ..promotions::Chosen::default() };
    let shape = promotions::Shape { plan, gift: None, goods: everything.clone(), bought: everything };
    shop.write(move |conn| {
        let id = promotions::save(conn, None, &shape)?;
        promotions::set_active(conn, id, true)?;
        let (code, batch, max_uses) = ("TENTH".to_owned(), String::new(), i32::try_from(MOST_USES).ok());
        promotions::make_coupon(
            conn,
            id,
            &promotions::NewCoupon { code, batch, starts_at: None, ends_at: None, max_uses, max_uses_each: None },
        )?;
        Ok(id)
    })
}

fn card(shop: &Shop, issued: i64) -> GiftCard {
    let to = credit::Recipient { email: "friend@example.com".to_owned(), ..credit::Recipient::default() };
    let new = credit::verbs::NewCard { request: uuid::Uuid::now_v7(), amount: pounds(issued), to, expires: None };
    let id = shop.write(move |conn| credit::verbs::issue(conn, "http://shop.test", &new, "test"));
    let text = shop.first("SELECT body_text FROM mails WHERE kind = 'gift_card' ORDER BY created_at DESC, id DESC");
    let code = text.lines().map(str::trim).find(|line| line.len() == 19 && line.matches('-').count() == 3).unwrap().to_owned();
    GiftCard { id, code }
}

fn check(seed: u64, steps: u64) {
    let shop = Shop::open();
    match run(&shop, seed, steps) {
        Ok(summary) => println!("{summary}"),
        Err(failure) => panic!("{failure}"),
    }
}

// Seeds that nobody knows are for bin/prove: a change must not fail by somebody else's chance.

#[test]
fn a_shop_in_which_everything_goes_wrong_at_times_stays_right() {
    check(1, 400);
}

#[test]
fn a_shop_with_another_fate_stays_right() {
    check(20_261_121, 400);
}

/// `SIMULATION_SEED`, `SIMULATION_STEPS`, and `SIMULATION_RUNS` for as many seeds from there on.
#[test]
#[ignore = "for looking at one seed, or at many"]
fn a_chosen_seed() {
    let number = |name: &str, otherwise: u64| std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(otherwise);
    let (first, steps) = (number("SIMULATION_SEED", 1), number("SIMULATION_STEPS", 400));
    let mut failed = 0;
    for seed in first..first + number("SIMULATION_RUNS", 1) {
        match run(&Shop::open(), seed, steps) {
            Ok(summary) => println!("{summary}"),
            Err(failure) => {
                failed += 1;
                println!("{failure}\n");
            }
        }
    }
    assert_eq!(failed, 0, "seeds failed");
}
