//! What staff do.

use ironmonger::{
    base::Error,
    checkout::verbs::{self as checkout, EditInput, NewArticle},
    inventory::{
        self, Cause,
        verbs::{NewReceipt, TypedLine},
    },
    orders::{
        self,
        verbs::{self as verbs, NewReturn, ReceivedLine, ReceivedReturn, RefundInput, ReturnReason, ReturnWish, ShipmentInput, Units},
    },
    promotions,
};

use super::{
    Simulation, Step,
    model::{Back, Return},
    pounds,
};

const STAFF: &str = "staff";

impl Simulation<'_> {
    pub fn cancels(&mut self) -> Step {
        let Some(at) = self.some_order() else { return Ok(()) };
        let (order, links) = (self.model.orders[at].clone(), self.wired.till.links.clone());
        let may = !order.is_cancelled && order.is_untouched();
        self.note(format!("order {at}: cancelled by staff, may be: {may}"));
        match self.write(move |conn| orders::cancel(conn, &links, order.id, "test", STAFF)) {
            Ok(()) => {
                self.must(may, || "an order was cancelled that can't be".to_owned())?;
                self.forget_order(at);
            }
            Err(Error::Conflict(_)) => self.must(!may, || "an order could not be cancelled".to_owned())?,
            Err(error) => return Err(format!("cancelling: {error}")),
        }
        self.check_order(at)
    }

    /// A cancelled order's units are free again.
    pub fn forget_order(&mut self, at: usize) {
        let order = &mut self.model.orders[at];
        order.is_cancelled = true;
        for line in &order.lines {
            self.model.articles[line.article].allocated -= line.quantity - line.shipped;
        }
    }

    pub fn ships(&mut self) -> Step {
        let Some(at) = self.some_order() else { return Ok(()) };
        let order = self.model.orders[at].clone();
        let is_whole = self.chance.percent(50);
        let mut units = vec![];
        for line in &order.lines {
            let left = line.quantity - line.shipped;
            let some = if is_whole { left } else { self.chance.below(left as usize + 1) as i32 };
            units.extend((some > 0).then_some(Units { line: line.id, quantity: some }));
        }
        if units.is_empty() {
            return Ok(());
        }
        let pays_on_delivery = self.wired.gateways.ships_unpaid(&order.gateway);
        self.note(format!("order {at}: shipped {:?}", units.iter().map(|units| units.quantity).collect::<Vec<_>>()));
        let input = ShipmentInput {
            carrier: "Carrier".to_owned(),
            tracking_number: String::new(),
            tracking_url: String::new(),
            location: None,
            units: units.clone(),
            seen_shipped: Some(order.lines.iter().map(|line| line.shipped).sum()),
        };
        let (links, number) = (self.wired.till.links.clone(), order.number.clone());
        match self.write(move |conn| verbs::ship(conn, &links, &number, &input, pays_on_delivery, STAFF)) {
            Ok(()) => {
                self.must(!order.is_cancelled, || "a cancelled order was shipped".to_owned())?;
                for units in units {
                    let Some(line) = self.model.orders[at].lines.iter_mut().find(|line| line.id == units.line) else { continue };
                    line.shipped += units.quantity;
                    let article = &mut self.model.articles[line.article];
                    article.on_hand -= units.quantity;
                    article.allocated -= units.quantity;
                }
            }
            Err(Error::Conflict(words)) => {
                let id = order.id;
                let state = self.read(move |conn| orders::find(conn, id)).map_err(|error| error.to_string())?;
                let is_there = !words.contains("Not all of it is there");
                self.must(is_there, || format!("what is on hand can't be shipped: {words}"))?;
                let could = state.is_secured() && !state.is_cancelled() && state.lifecycle == orders::Lifecycle::Placed;
                self.must(!could || order.has_left(), || format!("a paid order can't be shipped: {words}"))?;
            }
            Err(error) => return Err(format!("shipping: {error}")),
        }
        self.check_order(at)
    }

    pub fn refunds(&mut self) -> Step {
        let Some(at) = self.some_order() else { return Ok(()) };
        let order = self.model.orders[at].clone();
        let (id, links, number) = (order.id, self.wired.till.links.clone(), order.number.clone());
        let money = self.read(move |conn| ironmonger::payments::summary(conn, id)).map_err(|error| error.to_string())?;
        let amount = self.chance.units(600).into();
        // Half of the time staff see a page that is stale by now.
        let seen_refundable = if self.chance.percent(90) { money.refundable() } else { money.refundable() + 1 };
        self.note(format!("order {at}: {amount} given back of {}", money.refundable()));
        let input =
            RefundInput { amount: pounds(amount), reason: "test".to_owned(), told: String::new(), as_credit: false, seen_refundable };
        let may = seen_refundable == money.refundable() && amount <= money.refundable();
        match self.write(move |conn| verbs::refund(conn, &links, &number, &input, STAFF)) {
            Ok(()) => {
                self.must(may, || format!("{amount} went back of {}", money.refundable()))?;
                self.model.orders[at].given_back += amount;
            }
            Err(Error::Conflict(_) | Error::Invalid(_)) => {
                self.must(!may, || format!("{amount} of {} did not go back", money.refundable()))?
            }
            Err(error) => return Err(format!("refunding: {error}")),
        }
        self.check_order(at)
    }

    pub fn marks_paid(&mut self) -> Step {
        let manual: Vec<usize> = (0..self.model.orders.len()).filter(|at| self.model.orders[*at].gateway == "manual").collect();
        let Some(at) = self.chance.pick(&manual) else { return Ok(()) };
        let (links, number) = (self.wired.till.links.clone(), self.model.orders[at].number.clone());
        self.note(format!("order {at}: the money came"));
        let gateways = self.wired.gateways.clone();
        let marked = self.write(move |conn| {
            // What a gift card paid in full is not paid by hand.
            let is_manual = gateways.is_manual(&orders::find_by_number(conn, &number)?.gateway);
            verbs::mark_paid(conn, &links, &number, is_manual, STAFF)
        });
        match marked {
            Ok(()) => self.must(!self.model.orders[at].is_cancelled, || "a cancelled order was marked as paid".to_owned())?,
            Err(Error::Conflict(_)) => {}
            Err(error) => return Err(format!("noting the money: {error}")),
        }
        self.check_order(at)
    }

    /// Fewer or more of a line, and perhaps another article.
    pub fn edits(&mut self) -> Step {
        let Some(at) = self.some_order() else { return Ok(()) };
        let order = self.model.orders[at].clone();
        let Some(changed) = self.chance.pick(&order.lines) else { return Ok(()) };
        let quantity = changed.shipped + self.chance.below(4) as i32;
        let others: Vec<usize> =
            (0..self.model.articles.len()).filter(|article| order.lines.iter().all(|line| line.article != *article)).collect();
        let added = if self.chance.percent(30) { self.chance.pick(&others) } else { None };
        let skus: Vec<String> = added.iter().map(|article| self.model.articles[*article].sku.clone()).collect();
        self.note(format!(
            "order {at}: {} × {} instead of {}, added {skus:?}",
            quantity, self.model.articles[changed.article].sku, changed.quantity
        ));
        let (links, gateways, number, id) = (self.wired.till.links.clone(), self.wired.gateways.clone(), order.number.clone(), order.id);
        let edited = self.write(move |conn| {
            let before = orders::find(conn, id)?;
            let before = orders::detail(conn, before)?;
            let input = EditInput {
                revision: before.order.revision,
                quantities: vec![(changed.id, quantity)],
                added: skus.iter().map(|sku| NewArticle { field: "sku-1".to_owned(), line: None, sku: sku.clone(), quantity: 1 }).collect(),
                fees: vec![],
                address: before.delivery_address.clone(),
                method: None,
            };
            let total = checkout::price_edit(conn, &before, &input)?.quote.total();
            checkout::confirm_edit(conn, &links, &gateways, &number, |_| Ok(input), Some(total), STAFF)?;
            let after = orders::find(conn, id)?;
            Ok((total, orders::detail(conn, after)?))
        });
        match edited {
            Ok((total, detail)) => {
                self.must(!order.is_cancelled, || "a cancelled order was edited".to_owned())?;
                self.must(detail.order.total == total, || format!("the order costs {} and {total} was shown", detail.order.total))?;
                self.edited(at, &detail)?;
            }
            // Not possible any more, or not enough of it.
            Err(Error::Conflict(_) | Error::Invalid(_)) => {}
            Err(error) => return Err(format!("editing: {error}")),
        }
        self.check_order(at)
    }

    fn edited(&mut self, at: usize, detail: &orders::OrderDetail) -> Step {
        for line in &self.model.orders[at].lines {
            self.model.articles[line.article].allocated -= line.quantity - line.shipped;
        }
        let lines: Vec<_> = detail.present_lines().filter_map(|line| self.line(line)).collect();
        for line in &lines {
            self.model.articles[line.article].allocated += line.quantity - line.shipped;
        }
        let order = &mut self.model.orders[at];
        (order.lines, order.total) = (lines, detail.order.total);
        let articles = self.model.articles.clone();
        for article in articles {
            self.must(article.allocated <= article.on_hand, || format!("{} is oversold by an edit", article.sku))?;
        }
        Ok(())
    }

    pub fn asks_to_return(&mut self) -> Step {
        let Some(at) = self.some_order() else { return Ok(()) };
        let order = self.model.orders[at].clone();
        let Some(line) = self.chance.pick(&order.lines) else { return Ok(()) };
        let (can, units) = (line.shipped - line.returned, self.chance.units(3));
        if line.shipped == 0 {
            return Ok(());
        }
        self.note(format!("order {at}: {units} of {can} are to come back"));
        let new = NewReturn { lines: vec![(line.id, units, ReturnReason::NotWanted)], wish: ReturnWish::Refund, note: String::new() };
        let (links, id) = (self.wired.till.links.clone(), order.id);
        let asked = self.write(move |conn| {
            let order = orders::find(conn, id)?;
            verbs::request_return(conn, &links, &order, &new, "customer")
        });
        match asked {
            Ok(rma) => {
                self.must(units <= can, || format!("{units} of {can} can come back"))?;
                let lines = vec![(line.id, line.article, units)];
                self.model.returns.push(Return { order: order.id, number: rma.number, lines, back: Back::Asked });
                self.count_returned(at, line.id, units);
            }
            Err(Error::Invalid(_) | Error::Conflict(_)) => self.must(units > can, || format!("{units} of {can} can't come back"))?,
            Err(error) => return Err(format!("asking to return: {error}")),
        }
        self.check_order(at)
    }

    fn count_returned(&mut self, order: usize, line: ironmonger::base::OrderLineId, units: i32) {
        for known in self.model.orders[order].lines.iter_mut().filter(|known| known.id == line) {
            known.returned += units;
        }
    }

    /// One step on with one return.
    pub fn handles_return(&mut self) -> Step {
        let open: Vec<usize> = (0..self.model.returns.len()).filter(|at| self.model.returns[*at].back != Back::Closed).collect();
        let Some(at) = self.chance.pick(&open) else { return Ok(()) };
        let rma = self.model.returns[at].clone();
        self.note(format!("return {at}: onward from {:?}", rma.back));
        let Some(order) = self.model.orders.iter().position(|order| order.id == rma.order) else { return Ok(()) };
        match rma.back {
            Back::Asked => {
                let (links, number) = (self.wired.till.links.clone(), rma.number.clone());
                let approved = self.write(move |conn| verbs::approve_return(conn, &links, &number, "", STAFF));
                approved.map_err(|error| format!("approving a return: {error}"))?;
                self.model.returns[at].back = Back::Approved;
            }
            Back::Approved => self.receives(at, order, &rma)?,
            Back::Received { worth } => self.settles(at, order, &rma, worth)?,
            Back::Closed => {}
        }
        self.check_order(order)
    }

    fn receives(&mut self, at: usize, order: usize, rma: &Return) -> Step {
        let (line, article, units) = rma.lines[0];
        let came = self.chance.units(units);
        let restocked = self.chance.below(came as usize + 1) as i32;
        let lines = vec![ReceivedLine { line, restocked, scrapped: came - restocked }];
        let received = ReceivedReturn { lines, location: None };
        let (links, number) = (self.wired.till.links.clone(), rma.number.clone());
        let worth = self.write(move |conn| {
            verbs::receive_return(conn, &links, &number, &received, STAFF)?;
            let detail = verbs::return_detail(conn, &number)?;
            Ok(detail.lines.iter().map(|(line, _)| line.worth).sum())
        });
        let worth: i64 = worth.map_err(|error| format!("receiving a return: {error}"))?;
        self.model.articles[article].on_hand += restocked;
        self.count_returned(order, line, came - units);
        self.model.returns[at].back = Back::Received { worth };
        Ok(())
    }

    fn settles(&mut self, at: usize, order: usize, rma: &Return, worth: i64) -> Step {
        let id = rma.order;
        let money = self.read(move |conn| ironmonger::payments::summary(conn, id)).map_err(|error| error.to_string())?;
        let amount = if self.chance.percent(80) { worth } else { 0 };
        let (links, number) = (self.wired.till.links.clone(), rma.number.clone());
        match self.write(move |conn| verbs::settle_return(conn, &links, &number, amount, false, STAFF)) {
            Ok(_) => {
                self.must(amount <= money.refundable(), || format!("{amount} went back of {}", money.refundable()))?;
                self.model.orders[order].given_back += amount;
                self.model.returns[at].back = Back::Closed;
                Ok(())
            }
            Err(Error::Invalid(_)) => {
                self.must(amount > money.refundable(), || format!("{amount} of {} did not go back", money.refundable()))
            }
            Err(error) => Err(format!("settling a return: {error}")),
        }
    }

    pub fn receives_goods(&mut self) -> Step {
        let at = self.chance.below(self.model.articles.len());
        let units = self.chance.units(12);
        let line = TypedLine { sku: self.model.articles[at].sku.clone(), quantity: units, field: "sku-1".to_owned() };
        self.note(format!("{units} × {} came in", line.sku));
        let is_double = self.chance.percent(20);
        let received = self.write(move |conn| {
            let location = inventory::locations(conn)?.first().ok_or(Error::NotFound)?.id;
            let (supplier, reference) = (String::new(), String::new());
            let new = NewReceipt { submission: uuid::Uuid::now_v7(), location, supplier, reference, lines: vec![line] };
            inventory::verbs::receive(conn, &new, STAFF)?;
            if is_double { inventory::verbs::receive(conn, &new, STAFF).map(|_| ()) } else { Ok(()) }
        });
        received.map_err(|error| format!("receiving goods: {error}"))?;
        self.model.articles[at].on_hand += units;
        self.check_article(at)
    }

    pub fn counts_stock(&mut self) -> Step {
        let at = self.chance.below(self.model.articles.len());
        let article = self.model.articles[at].clone();
        let found = (article.on_hand - 3 + self.chance.below(6) as i32).max(0);
        self.note(format!("{} counted: {found} instead of {}", article.sku, article.on_hand));
        match self.write(move |conn| inventory::count(conn, article.variant, found, Cause::Counted, STAFF)) {
            Ok(()) => {
                self.must(found >= article.allocated, || format!("{found} counted, {} belong to orders", article.allocated))?;
                self.model.articles[at].on_hand = found;
                self.keep_holds_that_stand(at)?;
            }
            Err(Error::Invalid(_)) => self.must(found < article.allocated, || format!("{found} could not be counted"))?,
            Err(error) => return Err(format!("counting: {error}")),
        }
        self.check_article(at)
    }

    /// Holds give way to a count, the youngest first, until what is held is there.
    fn keep_holds_that_stand(&mut self, article: usize) -> Step {
        let variant = self.model.articles[article].variant;
        let mut standing = 0;
        for at in 0..self.model.carts.len() {
            let cart = &self.model.carts[at];
            let Some(units) = cart.hold.units.get(&article).copied().filter(|_| cart.hold.is_live) else { continue };
            let sql = format!("SELECT count(*) FROM reservations WHERE holder = '{}' AND variant_id = {variant}", cart.id);
            if self.shop.count(&sql) == 1 {
                standing += units;
            } else {
                self.model.carts[at].hold.units.remove(&article);
            }
        }
        let article = &self.model.articles[article];
        self.must(standing <= article.on_hand - article.allocated, || format!("{standing} are held, and are not there"))
    }

    pub fn changes_price(&mut self) -> Step {
        let at = self.chance.below(self.model.articles.len());
        let price = [99, 335, 777, 1000, 1499][at % 5] - self.chance.below(40) as i64;
        let variant = self.model.articles[at].variant;
        self.note(format!("{} costs {price} from now on", self.model.articles[at].sku));
        self.shop.meddle(&format!("UPDATE variants SET price = {price} WHERE id = {variant}"));
        self.model.articles[at].price = price;
        Ok(())
    }

    pub fn switches_promotion(&mut self) -> Step {
        let (id, runs) = (self.promotion, !self.model.promotion_runs);
        self.note(format!("the promotion runs: {runs}"));
        self.write(move |conn| promotions::set_active(conn, id, runs)).map_err(|error| error.to_string())?;
        self.model.promotion_runs = runs;
        Ok(())
    }

    /// Money is taken as the shopper pays, or as a parcel leaves.
    pub fn changes_capture(&mut self) -> Step {
        let when = if self.chance.percent(50) { "placing" } else { "shipping" };
        self.note(format!("money is taken at {when} from now on"));
        self.shop.meddle(&format!("UPDATE gateway_settings SET capture_at = '{when}', version = version + 1 WHERE code = 'sandbox'"));
        Ok(())
    }
}
