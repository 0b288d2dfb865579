//! What shoppers do.

use std::collections::BTreeMap;

use ironmonger::{
    base::{CartId, Error, VariantId},
    cart::verbs::{self as carts, Whose},
    checkout::verbs::{self as checkout, ContactForm, Wish},
    inventory,
    limits::Knock,
    orders::{self, Source},
    settings::AddressForm,
};

use super::{
    Simulation, Step,
    model::{Cart, Hold, Line, MOST_USES, Order},
};

/// More than so many of one thing would come near free delivery.
const MOST_UNITS: i32 = 4;

impl Simulation<'_> {
    pub fn puts_into_cart(&mut self) -> Step {
        let article = self.chance.below(self.model.articles.len());
        let is_new = self.model.carts.len() < 3 || (self.model.carts.len() < 9 && self.chance.percent(40));
        let at = if is_new { None } else { Some(self.chance.below(self.model.carts.len())) };
        let before = at.map_or(0, |at| self.model.carts[at].lines.get(&article).copied().unwrap_or(0));
        let units = self.chance.units(3).min(MOST_UNITS - before);
        if units < 1 {
            return Ok(());
        }
        let session = at.map(|at| self.model.carts[at].id);
        let free = self.model.free_for(session.unwrap_or_else(CartId::new), article);
        let variant = self.model.articles[article].variant;
        self.note(format!("{units} × {} into the cart {at:?}, of which {free} are free", self.model.articles[article].sku));
        let put = self.write(move |conn| carts::add(conn, Whose { session, account: None, currency: None }, variant, units));
        match put {
            Ok(id) => {
                self.must(before + units <= free, || format!("{} of what {free} were free of went into a cart", before + units))?;
                let cart = match at {
                    Some(at) => &mut self.model.carts[at],
                    None => {
                        self.shoppers += 1;
                        let shopper = self.shoppers;
                        let (lines, hold) = (BTreeMap::new(), Hold::default());
                        self.model.carts.push(Cart { id, shopper, lines, has_answers: false, coupon: false, hold, seen: None });
                        self.model.carts.last_mut().ok_or("no cart")?
                    }
                };
                *cart.lines.entry(article).or_default() += units;
                Ok(())
            }
            Err(Error::Invalid(_)) => self.must(before + units > free, || format!("{} of {free} free ones were refused", before + units)),
            Err(error) => Err(format!("adding to the cart: {error}")),
        }
    }

    pub fn changes_cart(&mut self) -> Step {
        let Some(at) = self.some_cart() else { return Ok(()) };
        let cart = &self.model.carts[at];
        let articles: Vec<usize> = cart.lines.keys().copied().collect();
        let Some(article) = self.chance.pick(&articles) else { return Ok(()) };
        let (id, units) = (self.model.carts[at].id, self.chance.below(MOST_UNITS as usize + 1) as i32);
        let (free, variant) = (self.model.free_for(id, article), self.model.articles[article].variant);
        self.note(format!("cart {at}: {units} × {} instead", self.model.articles[article].sku));
        let set = self.write(move |conn| carts::set_quantity(conn, id, variant, units));
        let was_refused = match set {
            Ok(()) => false,
            Err(Error::Invalid(_)) => true,
            Err(error) => return Err(format!("changing the cart: {error}")),
        };
        self.must(was_refused == (units > free && units > 0), || format!("{units} wanted, {free} free, refused: {was_refused}"))?;
        if was_refused {
            return Ok(());
        }
        let cart = &mut self.model.carts[at];
        // Whoever changes the cart gives up what is held for it.
        cart.hold = Hold::default();
        if units == 0 {
            cart.lines.remove(&article)
        } else {
            cart.lines.insert(article, units)
        };
        Ok(())
    }

    pub fn types_coupon(&mut self) -> Step {
        let Some(at) = self.some_cart() else { return Ok(()) };
        let id = self.model.carts[at].id;
        let takes = self.coupon_has_room()?;
        self.note(format!("cart {at}: the coupon"));
        let taken = self.write(move |conn| carts::add_coupon(conn, id, "TENTH", &Knock::uncounted())).map_err(|error| error.to_string())?;
        self.must(taken.is_ok() == takes, || format!("the coupon has room: {takes}; it was taken: {}", taken.is_ok()))?;
        self.model.carts[at].coupon |= taken.is_ok();
        Ok(())
    }

    /// By the count in the shop's books, which the examination compares with the orders.
    pub fn coupon_has_room(&self) -> Result<bool, String> {
        let uses = self.shop.count("SELECT uses FROM coupons WHERE code = 'TENTH'");
        self.must(uses <= MOST_USES, || format!("the coupon for {MOST_USES} orders was used {uses} times"))?;
        Ok(self.model.promotion_runs && uses < MOST_USES)
    }

    pub fn answers(&mut self) -> Step {
        let waiting: Vec<usize> = (0..self.model.carts.len()).filter(|at| !self.model.carts[*at].has_answers).collect();
        let Some(at) = self.chance.pick(&waiting) else { return Ok(()) };
        self.note(format!("cart {at}: address and delivery"));
        self.gives_answers(at)
    }

    fn gives_answers(&mut self, at: usize) -> Step {
        let cart = &self.model.carts[at];
        let (id, is_empty, email) = (cart.id, cart.lines.is_empty(), format!("shopper{}@example.com", cart.shopper));
        if is_empty {
            return Ok(());
        }
        let text = |text: &str| text.to_owned();
        let address = AddressForm {
            name: text("Annie Preece"),
            line1: text("3 Corve Street"),
            city: text("Ludlow"),
            postcode: text("SY8 1AE"),
            country: text("GB"),
            ..AddressForm::default()
        };
        let contact = ContactForm { email, address, ..ContactForm::default() }.parse().map_err(|problems| problems.to_string())?;
        let method = ironmonger::base::ShippingMethodId(self.standard_delivery);
        let answered = self.write(move |conn| {
            checkout::save_contact(conn, id, &contact)?;
            let found = checkout::find(conn, id)?.ok_or(Error::NotFound)?;
            checkout::save_method(conn, &found, Some(method))
        });
        answered.map_err(|error| format!("the answers: {error}"))?;
        self.model.carts[at].has_answers = true;
        Ok(())
    }

    pub fn shows_gift_card(&mut self) -> Step {
        let Some(at) = self.some_answered_cart() else { return Ok(()) };
        let Some(card) = self.chance.pick(&self.model.cards) else { return Ok(()) };
        let (id, code) = (self.model.carts[at].id, card.code.clone());
        let balance = self.shop.count(&format!("SELECT balance FROM credits WHERE id = {}", card.id));
        self.note(format!("cart {at}: the gift card {}, on which {balance} are left", card.id));
        let shown = self.write(move |conn| {
            let found = checkout::find(conn, id)?.ok_or(Error::NotFound)?;
            checkout::put_credit(conn, &found, &code, &Knock::uncounted())
        });
        let taken = shown.map_err(|error| format!("the gift card: {error}"))?;
        self.must(taken.is_ok() == (balance > 0), || format!("a card with {balance} left, taken: {}", taken.is_ok()))
    }

    /// The review: everything is held, and the price is shown.
    pub fn reviews(&mut self) -> Step {
        let Some(at) = self.some_answered_cart() else { return Ok(()) };
        let cart = self.model.carts[at].clone();
        let is_enough = self.model.has_enough_for(&cart);
        let is_discounted = cart.coupon && self.coupon_has_room()?;
        let id = cart.id;
        self.note(format!("cart {at}: reviewed with {:?}, enough: {is_enough}", cart.lines));
        let held = self.write(move |conn| {
            let found = checkout::find(conn, id)?.ok_or(Error::NotFound)?;
            let bill = checkout::bill(conn, &found, None)?.ok_or(Error::NotFound)?;
            let held = checkout::hold(conn, &bill.cart)?.is_ok();
            Ok((bill.total().minor, bill.due().minor, held))
        });
        let (total, due, held) = held.map_err(|error| format!("the review: {error}"))?;
        self.must(held == is_enough, || format!("there is enough: {is_enough}; it is held: {held}"))?;
        let right = self.model.price(&cart, is_discounted);
        self.must(total == right, || format!("the review says {total}, it should be {right}"))?;
        let cart = &mut self.model.carts[at];
        if held {
            cart.hold = Hold { units: cart.lines.clone(), is_live: true };
            cart.seen = Some((total, due));
        }
        Ok(())
    }

    pub fn places(&mut self) -> Step {
        let Some(at) = self.some_reviewed_cart(None) else { return Ok(()) };
        let gateway = if self.chance.percent(88) { "sandbox" } else { "manual" };
        let is_double = self.chance.percent(25);
        let cart = self.model.carts[at].clone();
        self.note(format!("cart {at}: ordered by {gateway}, twice: {is_double}, {:?}", cart.seen));
        let reason = self.reason_to_refuse(&cart)?;
        let (till, wish) = (self.wired.till.clone(), wish(&cart, gateway));
        let placed = if is_double {
            let both = async { tokio::join!(checkout::place(&till, wish.clone()), checkout::place(&till, wish.clone())) };
            // The provider is asked by both at once, so nobody dies in between.
            let (first, second) = self.shop.block_on(both);
            first.and(second).map(|_| ())
        } else {
            match self.lives(async move { checkout::place(&till, wish).await.map(|_| ()) }) {
                Some(placed) => placed,
                None => {
                    let is_there = self.adopts(at, gateway)?;
                    return if is_there { self.check_order(self.model.orders.len() - 1) } else { Ok(()) };
                }
            }
        };
        match (placed, reason) {
            (Ok(()), None) => {
                let is_there = self.adopts(at, gateway)?;
                self.must(is_there, || "an order was placed and is not there".to_owned())?;
                self.check_order(self.model.orders.len() - 1)
            }
            (Ok(()), Some(reason)) => Err(format!("an order was placed, and should not be: {reason}")),
            (Err(Error::Conflict(_)), Some(_)) => {
                self.model.carts[at].seen = None;
                Ok(())
            }
            (Err(error), reason) => Err(format!("placing: {error}, with this reason to refuse: {reason:?}")),
        }
    }

    /// Two carts that both can be had, at the same moment.
    pub fn two_place_at_once(&mut self) -> Step {
        let Some(at) = self.some_reviewed_cart(None) else { return Ok(()) };
        let Some(other) = self.some_reviewed_cart(Some(at)) else { return Ok(()) };
        let (one, two) = (self.model.carts[at].clone(), self.model.carts[other].clone());
        let mut both = one.clone();
        for (article, units) in &two.lines {
            *both.lines.entry(*article).or_default() += units;
        }
        // Each is free for the other's hold, so what is held by either counts for both.
        let held = |article: &usize| if two.hold.is_live { two.hold.units.get(article).copied().unwrap_or(0) } else { 0 };
        let fits = both.lines.iter().all(|(article, units)| *units <= self.model.free_for(one.id, *article) + held(article));
        // One card can't pay for both.
        let is_plain = |cart: &Cart| cart.seen.is_some_and(|(total, due)| total == due) && !cart.coupon;
        if !fits || !is_plain(&one) || !is_plain(&two) || self.reason_to_refuse(&one)?.is_some() || self.reason_to_refuse(&two)?.is_some() {
            return Ok(());
        }
        self.note(format!("carts {at} and {other} ordered at once"));
        let till = self.wired.till.clone();
        let (first, second) = self
            .shop
            .block_on(async { tokio::join!(checkout::place(&till, wish(&one, "manual")), checkout::place(&till, wish(&two, "manual"))) });
        first.and(second).map_err(|error| format!("one of two orders at once: {error}"))?;
        // The later one first, so that the other's place stays the same.
        for at in [at.max(other), at.min(other)] {
            let is_there = self.adopts(at, "manual")?;
            self.must(is_there, || "an order was placed and is not there".to_owned())?;
        }
        self.check_order(self.model.orders.len() - 1)?;
        self.check_order(self.model.orders.len() - 2)
    }

    fn reason_to_refuse(&self, cart: &Cart) -> Result<Option<String>, String> {
        if !self.model.has_enough_for(cart) {
            return Ok(Some("there is not enough".to_owned()));
        }
        let id = cart.id;
        let now = self.read(move |conn| {
            let found = checkout::find(conn, id)?.ok_or(Error::NotFound)?;
            Ok(checkout::bill(conn, &found, None)?.map(|bill| (bill.total().minor, bill.due().minor)))
        });
        let now = now.map_err(|error| format!("the bill: {error}"))?;
        Ok((now != cart.seen).then(|| format!("it costs {now:?}, not {:?} as was shown", cart.seen)))
    }

    /// Takes an order into the model, if the cart has become one.
    fn adopts(&mut self, at: usize, gateway: &str) -> Result<bool, String> {
        let cart = self.model.carts[at].clone();
        let id = cart.id;
        let found = self.read(move |conn| {
            let Some(order) = orders::find_by_cart(conn, id)? else { return Ok(None) };
            orders::detail(conn, order).map(Some)
        });
        let Some(detail) = found.map_err(|error| error.to_string())? else { return Ok(false) };
        let total = cart.seen.map_or(0, |(total, _)| total);
        self.must(detail.order.total == total, || format!("the order costs {}, and {total} was shown", detail.order.total))?;
        let lines: Vec<Line> = detail.lines.iter().filter_map(|line| self.line(line)).collect();
        let ordered: BTreeMap<usize, i32> = lines.iter().map(|line| (line.article, line.quantity)).collect();
        self.must(ordered == cart.lines, || format!("ordered {ordered:?}, and the cart had {:?}", cart.lines))?;
        for line in &lines {
            self.model.articles[line.article].allocated += line.quantity;
        }
        self.model.carts.remove(at);
        self.model.placed += 1;
        let (number, gateway) = (detail.order.number.clone(), gateway.to_owned());
        let order = Order { id: detail.order.id, number, gateway, total, lines, is_cancelled: false, is_late: false, given_back: 0 };
        self.model.orders.push(order);
        Ok(true)
    }

    pub fn line(&self, line: &orders::OrderLine) -> Option<Line> {
        let article = self.article_of(line.variant_id?)?;
        Some(Line { id: line.id, article, quantity: line.quantity, shipped: line.shipped, returned: line.returned })
    }

    pub fn article_of(&self, variant: VariantId) -> Option<usize> {
        self.model.articles.iter().position(|article| article.variant == variant)
    }

    /// Back from the provider's page, whatever happened there.
    pub fn returns_from_provider(&mut self) -> Step {
        let Some(at) = self.some_order() else { return Ok(()) };
        let (till, id) = (self.wired.till.clone(), self.model.orders[at].id);
        self.note(format!("order {at}: back from the provider"));
        match self.lives(async move { checkout::ask_gateways(&till, id).await }) {
            Some(Err(error)) => Err(format!("asking the provider: {error}")),
            _ => self.check_order(at),
        }
    }

    pub fn pays_again(&mut self) -> Step {
        let Some(at) = self.some_order() else { return Ok(()) };
        let (till, id, gateways) = (self.wired.till.clone(), self.model.orders[at].id, self.wired.gateways.clone());
        let gateway = if self.chance.percent(90) { "sandbox" } else { "manual" };
        let order = self.read(move |conn| orders::find(conn, id)).map_err(|error| error.to_string())?;
        let can = orders::can_pay(&order, gateways.is_manual(&order.gateway));
        self.note(format!("order {at}: pays again by {gateway}, can: {can}"));
        match self.lives(async move { checkout::pay_again(&till, order, gateway.to_owned()).await.map(|_| ()) }) {
            None => {}
            Some(Ok(())) => self.must(can, || "an order was paid that can't be".to_owned())?,
            Some(Err(Error::Conflict(words))) => {
                let is_coupon = words.contains("TENTH") || words.contains("Tenth");
                self.must(!can || is_coupon, || format!("an order could not be paid: {words}"))?;
            }
            Some(Err(error)) => return Err(format!("paying again: {error}")),
        }
        self.check_order(at)
    }

    pub fn leaves(&mut self) -> Step {
        let Some(at) = self.some_cart() else { return Ok(()) };
        let id = self.model.carts[at].id;
        self.note(format!("cart {at}: left for good"));
        self.model.carts.remove(at);
        self.write(move |conn| inventory::let_go(conn, id)).map_err(|error| error.to_string())
    }

    fn some_cart(&mut self) -> Option<usize> {
        (!self.model.carts.is_empty()).then(|| self.chance.below(self.model.carts.len()))
    }

    fn some_answered_cart(&mut self) -> Option<usize> {
        let ready: Vec<usize> =
            (0..self.model.carts.len()).filter(|at| self.model.carts[*at].has_answers && !self.model.carts[*at].lines.is_empty()).collect();
        self.chance.pick(&ready)
    }

    fn some_reviewed_cart(&mut self, but: Option<usize>) -> Option<usize> {
        let carts = &self.model.carts;
        let is_ready = |at: &usize| Some(*at) != but && carts[*at].seen.is_some() && !carts[*at].lines.is_empty();
        let ready: Vec<usize> = (0..carts.len()).filter(is_ready).collect();
        self.chance.pick(&ready)
    }

    pub fn some_order(&mut self) -> Option<usize> {
        let (all, recent) = (self.model.orders.len(), self.model.orders.len().min(12));
        (all > 0).then(|| all - recent + self.chance.below(recent))
    }
}

fn wish(cart: &Cart, gateway: &str) -> Wish {
    let (seen_total, seen_due) = cart.seen.unwrap_or_default();
    Wish {
        cart: cart.id,
        account: None,
        gateway: gateway.to_owned(),
        seen_total,
        seen_due,
        source: Source::Shop,
        actor: "customer".to_owned(),
    }
}
