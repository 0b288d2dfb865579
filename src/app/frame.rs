use std::sync::OnceLock;

use async_trait::async_trait;

use crate::{
    accounts, audit,
    base::{AccountId, CartId, Conn, Db, Result},
    cart,
    catalog::{self, CategoryTree},
    content, pricing, settings,
    web::{Account, Frame, Link, MenuItem, ShopFacts, SignIn, Used},
};

/// Answers what every page shows, from the rooms that know it.
pub struct ShopFrame {
    pub db: Db,
}

#[async_trait]
impl Frame for ShopFrame {
    async fn account(&self, sign_in: &SignIn) -> Result<Option<Account>> {
        let sign_in = sign_in.clone();
        self.db.read(move |conn| accounts::current(conn, &sign_in)).await
    }

    async fn shop(&self) -> Result<ShopFacts> {
        self.db.read(facts).await
    }

    async fn note(&self, used: Used) -> Result<()> {
        self.db.write(move |conn| audit::note(conn, &used.act, &used.path, used.is_refused)).await
    }

    async fn cart_count(&self, cart: Option<CartId>, account: Option<AccountId>) -> Result<i64> {
        if cart.is_none() && account.is_none() {
            return Ok(0);
        }
        self.db.read(move |conn| cart::count_for(conn, cart, account)).await
    }
}

fn facts(conn: &mut Conn) -> Result<ShopFacts> {
    let store = settings::store(conn)?;
    let address = store.address_line();
    let collections = catalog::has_collections(conn)?.then(|| Link { url: "/collections".to_owned(), text: "Collections".to_owned() });
    let pages = content::list(conn)?.into_iter().map(|page| Link { url: format!("/pages/{}", page.slug), text: page.title });
    Ok(ShopFacts {
        name: store.name,
        tagline: store.tagline,
        email: store.email,
        phone: store.phone,
        address,
        pages: collections.into_iter().chain(pages).collect(),
        menu: catalog::category_menu(conn)?.into_iter().map(menu_item).collect(),
        currencies: pricing::currencies(conn)?.into_iter().map(|currency| currency.code().to_owned()).collect(),
        departments: OnceLock::new(),
    })
}

fn menu_item(branch: CategoryTree) -> MenuItem {
    let link = |category: catalog::Category| Link { url: category.url(), text: category.name };
    MenuItem { link: link(branch.category), children: branch.children.into_iter().map(link).collect() }
}
