//! What comes into one visitor's gaps, made once for all the pages that they read.

use std::sync::Arc;

use crate::{
    base::Result,
    web::{Account, Shell, ShopFacts, gaps::Filling, session::Seen},
};

/// A visitor with a session, as kept pages show them. Some 3 KB.
#[derive(Debug)]
pub struct Own {
    shop: Arc<ShopFacts>,
    account: Option<Arc<Account>>,
    /// In which prices are shown.
    pub currency: String,
    pub filling: Filling,
}

impl Own {
    /// As they are now. What was made of the same is taken again: the session's cookie is the same, or it were another `seen`, and
    /// account and shop are read anew after every change.
    ///
    /// # Errors
    /// What comes into the gaps can't be rendered.
    pub fn of(seen: &Seen, shop: Arc<ShopFacts>, account: Option<Arc<Account>>) -> Result<Arc<Self>> {
        let mut kept = seen.own();
        if let Some(own) = kept.as_ref().filter(|own| own.is_made_of(&shop, account.as_ref())) {
            return Ok(own.clone());
        }
        let own = Arc::new(Self::new(seen, shop, account)?);
        *kept = Some(own.clone());
        Ok(own)
    }

    fn new(seen: &Seen, shop: Arc<ShopFacts>, account: Option<Arc<Account>>) -> Result<Self> {
        let shell = Shell {
            currency: shop.currency(seen.currency.clone()),
            shop: shop.clone(),
            account: account.as_deref().cloned(),
            cart_count: seen.cart_count,
            token: seen.token.clone(),
            ..Shell::default()
        };
        Ok(Self { filling: Filling::of(&shell)?, currency: shell.currency, shop, account })
    }

    fn is_made_of(&self, shop: &Arc<ShopFacts>, account: Option<&Arc<Account>>) -> bool {
        let same_account = match (&self.account, account) {
            (Some(one), Some(other)) => Arc::ptr_eq(one, other),
            (one, other) => one.is_none() && other.is_none(),
        };
        same_account && Arc::ptr_eq(&self.shop, shop)
    }

    /// Which prices they are shown, see [`Account::terms`].
    pub fn terms(&self) -> &str {
        self.account.as_ref().map_or("", |account| account.terms.as_str())
    }
}
