//! Zones, classes and rates by the forms of the back office, and what they say of a place and a price.

use ironmonger::{
    accounts,
    base::{Email, Error},
    settings::Place,
    tax::{self, Area, Person, Regime, Taxable, Treatment, ZoneChange},
    web::Role,
};

use crate::harness::{Page, Shop, Staff, at_once};

/// What stands beside the field.
fn problem(page: &Page, field: &str) -> String {
    assert_eq!(page.status, 422, "{}", page.text());
    assert!(page.title().starts_with("Error: "), "{}", page.title());
    assert!(page.has(&format!(".errors a[href='#{field}']")), "the summary leads to {field}:\n{}", page.text());
    page.text_of(&format!("#{field}-error"))
}

fn makes_zone<'a>(owner: &'a mut Staff, name: &str, areas: &str) -> &'a Page {
    owner.visits("/admin/tax/zones/new");
    owner.browser.submit("Save zone", &[("name", name), ("areas", areas)])
}

fn adds_rate<'a>(owner: &'a mut Staff, fields: &[(&str, &str)]) -> &'a Page {
    owner.browser.follow("New rate");
    owner.browser.submit("Save rate", fields)
}

fn tries<'a>(owner: &'a mut Staff, fields: &[(&str, &str)]) -> &'a Page {
    owner.visits("/admin/tax/trial");
    owner.browser.submit("Try it", fields)
}

fn place(country: &str, region: &str, postcode: &str) -> Place {
    Place { country: country.into(), region: region.into(), postcode: postcode.into() }
}

fn regime(shop: &Shop, place: Place) -> Regime {
    shop.read(move |conn| Ok(tax::book(conn, Some(&place))?.regime(Some(&place), &Person::default(), chrono::Utc::now())))
}

fn tax_of(regime: &Regime, amount: i64) -> Vec<(String, i64)> {
    let lines = regime.tax(&[Taxable { class: "standard".into(), amount }]);
    lines.into_iter().map(|line| (line.label, line.amount)).collect()
}

#[test]
fn the_owner_makes_a_zone_with_rates_and_sees_what_applies() {
    let shop = Shop::open();
    let mut owner = shop.owner();
    makes_zone(&mut owner, "Norway", "NO").must_say("The zone is saved").must_say("No rates yet");
    let rate = [("label", "MVA 25%"), ("rate", "25 %"), ("starts_on", "2026-01-01")];
    adds_rate(&mut owner, &rate).must_say("The rate is saved").must_say("Since 1 January 2026").must_say("Holds");
    owner.visits("/admin/tax").must_say("Norway").must_say("MVA 25%");
    let page = tries(&mut owner, &[("country", "NO"), ("amount", "12.50")]);
    page.must_say("Taxed as in Norway: MVA 25%, within the prices.").must_say("MVA 25% on £10.00").must_say("with £2.50 tax");
    tries(&mut owner, &[("country", "CH"), ("amount", "12.00")]).must_say("Export").must_say("£10.00");
}

#[test]
fn a_place_is_in_one_zone_only_and_the_message_names_it() {
    let shop = Shop::open();
    let mut owner = shop.owner();
    for (areas, named) in [("NO\nDE", "DE"), ("US-CA 90500-91000", "US-CA 90500-91000"), ("NO, NO", "NO"), ("GB\n", "GB")] {
        let said = problem(makes_zone(&mut owner, "Twice", areas), "areas");
        assert!(said.starts_with(&format!("{named} is in another zone already")), "{said}");
        assert_eq!(owner.page().text_of("#areas"), areas.trim().replace('\n', " "), "what was typed is kept");
    }
    assert!(problem(makes_zone(&mut owner, "Nowhere", "ZZ"), "areas").contains("ZZ"));
    assert!(problem(makes_zone(&mut owner, "germany", "NO"), "name").contains("Another zone has this name"));
    assert_eq!(shop.count("SELECT count(*) FROM tax_zones"), 7, "nothing was kept");
    // A part of a country may be another zone's.
    makes_zone(&mut owner, "Heligoland", "DE 27498").must_say("The zone is saved");
}

#[test]
fn a_zone_s_places_can_be_changed_without_colliding_with_themselves() {
    let shop = Shop::open();
    let mut owner = shop.owner();
    owner.visits("/admin/tax");
    owner.browser.follow("Germany");
    owner.browser.follow("Edit the zone");
    owner.browser.submit("Save zone", &[("areas", "de\nAT")]).must_say("The zone is saved").must_say("Austria");
    assert_eq!(tax_of(&regime(&shop, place("AT", "", "1010")), 1190), [("MwSt 19%".to_owned(), 190)]);
}

#[test]
fn two_rates_of_a_class_and_order_never_hold_on_the_same_day() {
    let shop = Shop::open();
    let mut owner = shop.owner();
    owner.visits("/admin/tax");
    owner.browser.follow("Germany");
    let next = [("label", "MwSt 20%"), ("rate", "20"), ("starts_on", "2027-01-01")];
    assert!(problem(adds_rate(&mut owner, &next), "starts_on").contains("Another rate of this class"));
    assert_eq!(owner.page().attribute("#label", "value").as_deref(), Some("MwSt 20%"));
    owner.visits("/admin/tax");
    owner.browser.follow("Germany");
    owner.browser.follow("MwSt 19%");
    owner.browser.submit("Save rate", &[("ends_on", "2026-12-31")]).must_say("Until 31 December 2026");
    adds_rate(&mut owner, &next).must_say("The rate is saved").must_say("To come");
    tries(&mut owner, &[("country", "DE"), ("amount", "12"), ("on", "2026-12-31")]).must_say("MwSt 19%");
    tries(&mut owner, &[("country", "DE"), ("amount", "12"), ("on", "2027-01-01")]).must_say("MwSt 20%");
    let backwards = [("label", "x"), ("rate", "1"), ("starts_on", "2027-02-01"), ("ends_on", "2027-01-01")];
    owner.visits("/admin/tax");
    owner.browser.follow("Germany");
    assert!(problem(adds_rate(&mut owner, &backwards), "ends_on").contains("before the first"));
}

#[test]
fn of_two_who_enter_the_same_rate_at_once_one_is_told() {
    let shop = Shop::open();
    let mut owner = shop.owner();
    makes_zone(&mut owner, "Norway", "NO");
    owner.browser.follow("New rate");
    let both: Vec<_> = (0..4).map(|_| owner.browser.prepare("Save rate", &[("label", "MVA 25%"), ("rate", "25")])).collect();
    let answers: Vec<_> = at_once(both).into_iter().map(|page| page.status).collect();
    assert_eq!(answers.iter().filter(|status| **status == 422).count(), 3, "{answers:?}");
    assert_eq!(shop.count("SELECT count(*) FROM tax_zone_rates WHERE label = 'MVA 25%'"), 1);
}

#[test]
fn a_county_by_its_postcodes_has_two_lines_and_its_state_one() {
    let shop = Shop::open();
    let county = regime(&shop, place("US", "US-CA", "90210-1234"));
    assert!(!county.includes_tax(), "prices in the USA are shown without tax");
    let lines = [("California sales tax 7.25%".to_owned(), 725), ("Los Angeles County tax 2.5%".to_owned(), 250)];
    assert_eq!(tax_of(&county, 10_000), lines);
    assert_eq!(tax_of(&regime(&shop, place("US", "US-CA", "94103")), 10_000).len(), 1);
    assert_eq!(regime(&shop, place("US", "US-NV", "89101")).treatment(), Treatment::Export);
    assert_eq!(county.unit_price(12_000, "standard"), 10_000, "British VAT is taken out");
}

#[test]
fn a_zone_outside_its_country_s_territory_is_an_export_and_deleting_it_ends_that() {
    let shop = Shop::open();
    shop.meddle("UPDATE store SET country = 'DE'");
    let mut owner = shop.owner();
    owner.visits("/admin/tax/zones/new");
    owner.browser.submit("Save zone", &[("name", "Canary Islands"), ("areas", "ES 35\nES 38"), ("outside", "on")]).must_say("exports");
    assert_eq!(regime(&shop, place("ES", "", "35001")).treatment(), Treatment::Export);
    assert_eq!(tax_of(&regime(&shop, place("ES", "", "28001")), 1190), [("MwSt 19%".to_owned(), 190)], "as at home");
    owner.browser.follow("Delete the zone…");
    owner.browser.submit("Delete the zone", &[]).must_say("deleted");
    assert_eq!(regime(&shop, place("ES", "", "35001")).treatment(), Treatment::Taxed);
}

#[test]
fn a_business_of_another_state_is_tried_with_its_number() {
    let shop = Shop::open();
    shop.meddle("UPDATE store SET country = 'IE'");
    let mut owner = shop.owner();
    let german = [("country", "DE"), ("amount", "12.30"), ("vat_number", "de 136 695 976")];
    tries(&mut owner, &german).must_say("Reverse charge").must_say("DE136695976 is noted").must_say("£10.00");
    assert!(
        problem(tries(&mut owner, &[("country", "DE"), ("amount", "12.30"), ("vat_number", "DE136695977")]), "vat_number")
            .contains("Check")
    );
    tries(&mut owner, &[("country", "IE"), ("amount", "12.30"), ("exempt", "on")]).must_say("Exempt");
}

#[test]
fn the_settings_decide_how_prices_are_entered_and_delivery_is_taxed() {
    let shop = Shop::open();
    let mut owner = shop.owner();
    owner.visits("/admin/tax/settings");
    let answers = [("entered", "net"), ("rounding", "order"), ("delivery_class", ""), ("vat_number", "980 7806 84")];
    owner.browser.submit("Save tax settings", &answers).must_say("The tax settings are saved").must_say("GB980780684");
    owner.page().must_say("entered without tax").must_say("dearest rate in the cart");
    assert_eq!(regime(&shop, place("GB", "", "SY8 1AA")).delivery_class(&[("zero", 100), ("reduced", 1)]), "reduced");
    owner.visits("/admin/tax/settings");
    let said = problem(owner.browser.submit("Save tax settings", &[("vat_number", "DE136695976")]), "vat_number");
    assert!(said.contains("another country (DE)"), "{said}");
    let said = problem(owner.browser.submit("Save tax settings", &[("vat_number", ""), ("delivery_class", "nothing")]), "delivery_class");
    assert!(said.contains("from the list"));
}

#[test]
fn a_class_is_made_renamed_and_deleted_only_while_nothing_has_it() {
    let shop = Shop::open();
    shop.product("Almanac").taxed_as("zero").put_up();
    let mut owner = shop.owner();
    owner.visits("/admin/tax/classes/new");
    owner.browser.submit("Save class", &[("name", "Children's shoes")]).must_say("The class is saved").must_say("children-s-shoes");
    owner.browser.follow("Children's shoes");
    owner.browser.submit("Save class", &[("name", "Footwear")]).must_say("Footwear").must_say("children-s-shoes");
    owner.visits("/admin/tax/classes/new");
    assert!(problem(owner.browser.submit("Save class", &[("name", "footwear")]), "name").contains("Another class"));
    for (code, said) in [("zero", "there are products of it"), ("reduced", "there are rates for it"), ("standard", "can't be deleted")] {
        owner.visits(&format!("/admin/tax/classes/{code}/deletion"));
        owner.browser.submit("Delete the class", &[]).must_say(said);
    }
    owner.visits("/admin/tax/classes/children-s-shoes/deletion");
    owner.browser.submit("Delete the class", &[]).must_say("The class is deleted");
    assert_eq!(shop.count("SELECT count(*) FROM tax_classes"), 3);
}

#[test]
fn the_class_of_a_variant_is_chosen_on_its_form_and_a_foreign_one_is_refused() {
    let shop = Shop::open();
    let path = shop.product("Almanac").put_up();
    let id = shop.count("SELECT id FROM variants").to_string();
    let mut owner = shop.owner();
    owner.visits(&format!("/admin/variants/{id}/edit"));
    assert_eq!(owner.page().attribute("#tax_class option[selected]", "value").as_deref(), Some("standard"));
    owner.browser.submit("Save variant", &[("tax_class", "zero")]).must_say("The variant is saved");
    assert_eq!(shop.first("SELECT tax_class FROM variants"), "zero");
    owner.visits(&format!("/admin/variants/{id}/edit"));
    assert!(problem(owner.browser.submit("Save variant", &[("tax_class", "gone")]), "tax_class").contains("from the list"));
    assert_eq!(shop.shopper().visits(&path).status, 200);
}

#[test]
fn only_the_owner_sees_and_changes_tax() {
    let shop = Shop::open();
    let mut staff = shop.staff(Role::Staff);
    let pages = ["/admin/tax", "/admin/tax/settings", "/admin/tax/trial", "/admin/tax/zones/new", "/admin/tax/classes/new"];
    for page in pages {
        assert_eq!(staff.visits(page).status, 403, "{page}");
    }
    let mut stranger = shop.browser();
    assert!(stranger.get("/admin/tax").url.path().contains("sign-in"));
}

#[test]
fn a_shop_that_is_furnished_is_told_of_places_that_are_taken() {
    let shop = Shop::open();
    let zone = ZoneChange { name: "Again".into(), basis: None, outside: false };
    let made = shop.read(move |conn| Ok(tax::add_zone(conn, &zone, &[Area::parse("GB").unwrap()], &[])));
    assert!(matches!(made, Err(Error::Invalid(problems)) if problems.on("areas").is_some()));
}

#[test]
fn a_customer_with_a_certificate_is_exempt_until_it_is_ended() {
    let shop = Shop::open();
    let mut owner = shop.owner();
    owner.visits("/admin/tax/exemptions").must_say("Every customer pays tax");
    let nobody = [("email", "nobody@example.com"), ("reason", "charity 12")];
    assert!(problem(owner.browser.submit("Exempt the customer", &nobody), "email").contains("must sign up first"));
    assert_eq!(owner.page().attribute("#reason", "value").as_deref(), Some("charity 12"));
    let without_reason = [("email", "owner@example.com"), ("reason", " ")];
    assert!(problem(owner.browser.submit("Exempt the customer", &without_reason), "reason").contains("certificate"));
    let certificate = [("email", "Owner@Example.com"), ("reason", "charity 12")];
    owner.browser.submit("Exempt the customer", &certificate).must_say("Pat Pike pays no tax from now on").must_say("charity 12");
    owner.visits("/admin/tax").must_say("One customer pays no tax");
    let exemption = shop.read(|conn| {
        let email = Email::parse("owner@example.com").map_err(Error::internal)?;
        let account = accounts::find_by_email(conn, &email)?.map(|row| row.id);
        Ok(accounts::buyer(conn, account)?.tax_exemption)
    });
    assert_eq!(exemption, "charity 12");
    owner.browser.follow("See who and why");
    owner.browser.follow("End the exemption of Pat Pike");
    owner.browser.submit("End the exemption", &[]).must_say("pays tax again").must_say("Every customer pays tax");
}

#[test]
fn a_price_is_the_same_on_tile_page_and_cart_however_it_is_entered_and_shown() {
    let shop = Shop::open();
    let path = shop.product("Claw hammer").price("12.99").stock(9).put_up();
    let category = "/search?q=hammer";
    // Entered, shown in the United Kingdom, on pages, and what they say of it.
    let cases = [
        ("gross", "gross", "£12.99", "Includes tax.", "Prices include tax."),
        ("net", "gross", "£15.59", "Includes tax.", "Prices include tax."),
        ("gross", "net", "£10.82", "Plus tax", "Prices are without tax"),
        ("net", "net", "£12.99", "Plus tax", "Prices are without tax"),
    ];
    for (entered, shown, price, of_one, of_many) in cases {
        shop.meddle(&format!("UPDATE tax_settings SET entered = '{entered}'"));
        shop.meddle(&format!("UPDATE tax_zones SET basis = '{shown}' WHERE name = 'United Kingdom'"));
        let mut annie = shop.shopper();
        annie.visits(category).must_say(price).must_say(of_many);
        annie.visits(&path).must_say(price).must_say(of_one);
        annie.adds_to_cart(&path, 1);
        annie.visits("/cart").must_say(price);
    }
}

#[test]
fn a_customer_without_tax_sees_prices_without_tax_as_soon_as_they_are_known() {
    let shop = Shop::open();
    let path = shop.product("Claw hammer").price("12.00").stock(9).put_up();
    let mut owner = shop.owner();
    shop.meddle("UPDATE accounts SET tax_exemption = 'charity 12'");
    owner.visits(&path).must_say("£10.00").must_say("Without tax.");
    shop.shopper().visits(&path).must_say("£12.00").must_say("Includes tax.");
}
