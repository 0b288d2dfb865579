//! What somebody of the staff may do, named once for roles, routes and templates.

use super::text_enum;

text_enum! {
    /// One thing that a role may hold. Its text is what roles store: the room, a dot, the act. To change something is to see it, too.
    pub enum Permission {
        OrdersSee = "orders.see",
        OrdersChange = "orders.change",
        /// Note a payment, give money back, cancel, settle a return.
        OrdersRefund = "orders.refund",
        OrdersExport = "orders.export",
        CustomersSee = "customers.see",
        /// Tags, notes, blocking, merging.
        CustomersChange = "customers.change",
        /// Groups and who pays no tax.
        CustomersTerms = "customers.terms",
        CustomersActFor = "customers.act_for",
        /// Every file that names customers; `exchange.export` and `orders.export` alone carry none of them away.
        CustomersExport = "customers.export",
        CustomersErase = "customers.erase",
        CatalogSee = "catalog.see",
        CatalogChange = "catalog.change",
        StockSee = "stock.see",
        StockChange = "stock.change",
        /// Locations and reservations.
        StockSettings = "stock.settings",
        PricesSee = "prices.see",
        PricesChange = "prices.change",
        PromotionsSee = "promotions.see",
        PromotionsChange = "promotions.change",
        CreditSee = "credit.see",
        /// Gift cards and store credit, given.
        CreditIssue = "credit.issue",
        /// Balances, corrected, also downwards.
        CreditAdjust = "credit.adjust",
        ContentSee = "content.see",
        /// Pages of text, pictures, redirects, search.
        ContentChange = "content.change",
        ReviewsSee = "reviews.see",
        ReviewsChange = "reviews.change",
        NewsletterSee = "newsletter.see",
        NewsletterExport = "newsletter.export",
        ReportsSee = "reports.see",
        MailsSee = "mails.see",
        JobsSee = "jobs.see",
        JobsChange = "jobs.change",
        ExchangeImport = "exchange.import",
        ExchangeExport = "exchange.export",
        SettingsSee = "settings.see",
        /// The shop, delivery, tax, limits, how long things are kept.
        SettingsChange = "settings.change",
        /// Ways to pay and their keys.
        PaymentsSettings = "payments.settings",
        BooksSee = "books.see",
        StaffSee = "staff.see",
        StaffChange = "staff.change",
        AuditSee = "audit.see",
        AuditExport = "audit.export",
    }
}

impl Permission {
    /// What the standard role of staff holds: the daily work, without prices, settings, keys, people and the record.
    pub const STANDARD: &'static [Self] = &[
        Self::OrdersSee,
        Self::OrdersChange,
        Self::OrdersRefund,
        Self::OrdersExport,
        Self::CustomersSee,
        Self::CustomersChange,
        Self::CatalogSee,
        Self::CatalogChange,
        Self::StockSee,
        Self::StockChange,
        Self::PromotionsSee,
        Self::CreditSee,
        Self::CreditIssue,
        Self::ContentSee,
        Self::ContentChange,
        Self::ReviewsSee,
        Self::ReviewsChange,
        Self::NewsletterSee,
        Self::ReportsSee,
        Self::MailsSee,
        Self::JobsSee,
        Self::JobsChange,
    ];

    /// The part before the dot: under it the pages of roles put permissions together.
    pub fn room(self) -> &'static str {
        self.as_str().split('.').next().unwrap_or_default()
    }

    /// Whether it opens doors by which much is carried away at once.
    pub fn is_export(self) -> bool {
        self.as_str().ends_with(".export")
    }

    /// What it allows, for the page of a role.
    pub fn words(self) -> &'static str {
        match self {
            Self::OrdersSee => "See orders, invoices and returns",
            Self::OrdersChange => "Take orders, change and ship them, take goods back",
            Self::OrdersRefund => "Note payments, give money back, cancel",
            Self::OrdersExport => "Download invoices",
            Self::CustomersSee => "See customers",
            Self::CustomersChange => "Tags, notes, blocking, merging",
            Self::CustomersTerms => "Groups, and who pays no tax",
            Self::CustomersActFor => "Act on behalf of a customer",
            Self::CustomersExport => "Download customers; without it, exports leave out files that name them",
            Self::CustomersErase => "Erase customers",
            Self::CatalogSee => "See products and shelves",
            Self::CatalogChange => "Change products and shelves",
            Self::StockSee => "See stock",
            Self::StockChange => "Receive, count and move stock",
            Self::StockSettings => "Locations and reservations",
            Self::PricesSee => "See price lists",
            Self::PricesChange => "Change price lists and exchange rates",
            Self::PromotionsSee => "See promotions and codes",
            Self::PromotionsChange => "Change promotions and codes",
            Self::CreditSee => "See gift cards and store credit",
            Self::CreditIssue => "Give gift cards and store credit",
            Self::CreditAdjust => "Correct balances",
            Self::ContentSee => "See pages, pictures, redirects, searches",
            Self::ContentChange => "Change pages, pictures, redirects, search",
            Self::ReviewsSee => "See reviews",
            Self::ReviewsChange => "Publish and refuse reviews",
            Self::NewsletterSee => "See who gets the newsletter",
            Self::NewsletterExport => "Download their addresses",
            Self::ReportsSee => "See the dashboard",
            Self::MailsSee => "Read mails that were sent",
            Self::JobsSee => "See work in the background",
            Self::JobsChange => "Start work again",
            Self::ExchangeImport => "Import files",
            Self::ExchangeExport => "Export everything",
            Self::SettingsSee => "See delivery and tax",
            Self::SettingsChange => "Change the shop’s settings, delivery and tax",
            Self::PaymentsSettings => "Ways to pay and their keys",
            Self::BooksSee => "Compare the books",
            Self::StaffSee => "See staff and roles",
            Self::StaffChange => "Invite, shut out, give and change roles",
            Self::AuditSee => "Read the record",
            Self::AuditExport => "Download the record",
        }
    }

    /// The room's title on the page of a role.
    pub fn room_words(self) -> &'static str {
        match self.room() {
            "orders" => "Orders",
            "customers" => "Customers",
            "catalog" => "Products",
            "stock" => "Stock",
            "prices" => "Prices",
            "promotions" => "Promotions",
            "credit" => "Gift cards and credit",
            "content" => "Pages and pictures",
            "reviews" => "Reviews",
            "newsletter" => "Newsletter",
            "reports" => "Dashboard",
            "mails" => "Mails",
            "jobs" => "Jobs",
            "exchange" => "Import and export",
            "settings" => "Settings",
            "payments" => "Payment",
            "books" => "Books",
            "staff" => "Staff",
            _ => "Record",
        }
    }

    /// What goes without saying for who holds this: who changes something sees it.
    pub fn implied(self) -> Option<Self> {
        match self {
            Self::OrdersChange | Self::OrdersRefund | Self::OrdersExport => Some(Self::OrdersSee),
            Self::CustomersChange | Self::CustomersTerms | Self::CustomersActFor | Self::CustomersExport | Self::CustomersErase => {
                Some(Self::CustomersSee)
            }
            Self::CatalogChange => Some(Self::CatalogSee),
            Self::StockChange | Self::StockSettings => Some(Self::StockSee),
            Self::PricesChange => Some(Self::PricesSee),
            Self::PromotionsChange => Some(Self::PromotionsSee),
            Self::CreditIssue | Self::CreditAdjust => Some(Self::CreditSee),
            Self::ContentChange => Some(Self::ContentSee),
            Self::ReviewsChange => Some(Self::ReviewsSee),
            Self::NewsletterExport => Some(Self::NewsletterSee),
            Self::JobsChange => Some(Self::JobsSee),
            Self::SettingsChange => Some(Self::SettingsSee),
            Self::StaffChange => Some(Self::StaffSee),
            Self::AuditExport => Some(Self::AuditSee),
            _ => None,
        }
    }

    fn bit(self) -> u64 {
        1 << self as u64
    }
}

/// A set of permissions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rights(u64);

impl Rights {
    pub const NONE: Self = Self(0);

    /// An owner's.
    pub fn all() -> Self {
        Permission::ALL.iter().copied().collect()
    }

    /// Those of the standard role.
    pub fn standard() -> Self {
        Permission::STANDARD.iter().copied().collect()
    }

    /// What a role stores. Texts that this program does not know are those of a newer one, which it can't obey and leaves out.
    pub fn read<'a>(stored: impl IntoIterator<Item = &'a str>) -> Self {
        stored.into_iter().filter_map(|text| text.parse::<Permission>().ok()).collect()
    }

    pub fn may(self, permission: Permission) -> bool {
        self.0 & permission.bit() != 0
    }

    /// Whether all of these are held: nobody gives what they don't have.
    pub fn hold(self, others: Self) -> bool {
        others.0 & !self.0 == 0
    }

    pub fn iter(self) -> impl Iterator<Item = Permission> {
        Permission::ALL.iter().copied().filter(move |permission| self.may(*permission))
    }
}

impl FromIterator<Permission> for Rights {
    /// With what each implies.
    fn from_iter<T: IntoIterator<Item = Permission>>(permissions: T) -> Self {
        let bits = |permission: Permission| permission.bit() | permission.implied().map_or(0, Permission::bit);
        Self(permissions.into_iter().fold(0, |held, permission| held | bits(permission)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_may_change_something_may_see_it() {
        let rights = Rights::read(["orders.refund", "stock.settings"]);
        let held: Vec<_> = rights.iter().map(Permission::as_str).collect();
        assert_eq!(held, ["orders.see", "orders.refund", "stock.see", "stock.settings"]);
    }

    #[test]
    fn what_a_newer_program_knows_is_left_out() {
        assert_eq!(Rights::read(["orders.see", "moon.land"]), Rights::read(["orders.see"]));
    }

    #[test]
    fn every_permission_has_a_place_of_its_own() {
        assert_eq!(Rights::all().iter().count(), Permission::ALL.len());
        assert!(Permission::ALL.iter().all(|one| Rights::all().may(*one) && !Rights::NONE.may(*one)));
    }

    #[test]
    fn a_set_holds_what_is_less_and_not_what_is_more() {
        let (little, much) = (Rights::read(["orders.see"]), Rights::standard());
        assert!(much.hold(little) && Rights::all().hold(much));
        assert!(!little.hold(much) && !much.hold(Rights::all()));
    }
}
