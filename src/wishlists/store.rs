use chrono::{DateTime, Utc};
use diesel::{
    prelude::*,
    sql_query,
    sql_types::{BigInt, Nullable},
};

use super::model::{Item, MOST_LISTS, Shared, Wishlist};
use crate::{
    base::{AccountId, Conn, Error, OnConstraint, Page, PageRequest, ProductId, Result, VariantId, WishlistId, WishlistItemId},
    schema::{accounts, products, variants, wishlist_items, wishlists},
};

/// Holds the account until the transaction ends: whose lists are made, deleted or put first, one after the other.
pub fn hold(conn: &mut Conn, account: AccountId) -> Result<()> {
    accounts::table.find(account).select(accounts::id).for_no_key_update().first::<AccountId>(conn)?;
    Ok(())
}

/// An account's lists with the number of things on each, the first one first and then by name.
pub fn of_account(conn: &mut Conn, account: AccountId) -> Result<Vec<(Wishlist, i64)>> {
    let of = wishlists::table.filter(wishlists::account_id.eq(account)).order((wishlists::is_default.desc(), wishlists::name));
    let lists: Vec<Wishlist> = of.limit(MOST_LISTS as i64).select(Wishlist::as_select()).load(conn)?;
    let ids: Vec<_> = lists.iter().map(|list| list.id).collect();
    let counted = wishlist_items::table.filter(wishlist_items::wishlist_id.eq_any(ids)).group_by(wishlist_items::wishlist_id);
    let counts: Vec<(WishlistId, i64)> = counted.select((wishlist_items::wishlist_id, diesel::dsl::count_star())).load(conn)?;
    let count = |id: WishlistId| counts.iter().find(|(of, _)| *of == id).map_or(0, |(_, count)| *count);
    let with_count = |list: Wishlist| {
        let items = count(list.id);
        (list, items)
    };
    Ok(lists.into_iter().map(with_count).collect())
}

/// # Errors
/// `NotFound`, also for another's.
pub fn find(conn: &mut Conn, id: WishlistId, account: AccountId) -> Result<Wishlist> {
    let of = wishlists::table.find(id).filter(wishlists::account_id.eq(account));
    Ok(of.select(Wishlist::as_select()).first(conn)?)
}

pub fn default_of(conn: &mut Conn, account: AccountId) -> Result<Option<Wishlist>> {
    let of = wishlists::table.filter(wishlists::account_id.eq(account)).filter(wishlists::is_default);
    Ok(of.select(Wishlist::as_select()).first(conn).optional()?)
}

/// # Errors
/// `Invalid` on `name` when there is one of this name, or there are too many.
pub fn insert(conn: &mut Conn, account: AccountId, name: &str, is_default: bool) -> Result<Wishlist> {
    let row = (wishlists::account_id.eq(account), wishlists::name.eq(name), wishlists::is_default.eq(is_default));
    let inserted = diesel::insert_into(wishlists::table).values(row).returning(Wishlist::as_select()).get_result(conn);
    let inserted = inserted.on_constraint("wishlists_number", || {
        Error::invalid("name", format!("You have {MOST_LISTS} lists, which are as many as we keep. Delete one first"))
    });
    inserted.on_constraint("wishlists_name_key", taken)
}

/// # Errors
/// As for `insert`.
pub fn rename(conn: &mut Conn, id: WishlistId, name: &str) -> Result<()> {
    let renamed = diesel::update(wishlists::table.find(id)).set(wishlists::name.eq(name)).execute(conn);
    renamed.on_constraint("wishlists_name_key", taken)?;
    Ok(())
}

fn taken() -> Error {
    Error::invalid("name", "You have a list of this name. Choose another")
}

/// Puts this list first; the account is to be held.
pub fn set_default(conn: &mut Conn, id: WishlistId, account: AccountId) -> Result<()> {
    let others = wishlists::table.filter(wishlists::account_id.eq(account)).filter(wishlists::is_default).filter(wishlists::id.ne(id));
    diesel::update(others).set(wishlists::is_default.eq(false)).execute(conn)?;
    diesel::update(wishlists::table.find(id)).set(wishlists::is_default.eq(true)).execute(conn)?;
    Ok(())
}

pub fn delete(conn: &mut Conn, id: WishlistId) -> Result<()> {
    diesel::delete(wishlists::table.find(id)).execute(conn)?;
    Ok(())
}

/// The list that was made first.
pub fn oldest(conn: &mut Conn, account: AccountId) -> Result<Option<WishlistId>> {
    let of = wishlists::table.filter(wishlists::account_id.eq(account)).order(wishlists::id);
    Ok(of.select(wishlists::id).first(conn).optional()?)
}

/// Opens the list to whoever has the link, or closes it. `link`: the hash of its token, and since when.
pub fn set_sharing(conn: &mut Conn, id: WishlistId, link: Option<(&str, DateTime<Utc>)>, shows_owner: bool) -> Result<()> {
    let (hash, at) = link.unzip();
    let change = (wishlists::share_token_hash.eq(hash), wishlists::shared_at.eq(at), wishlists::shows_owner.eq(shows_owner));
    diesel::update(wishlists::table.find(id)).set(change).execute(conn)?;
    Ok(())
}

pub fn set_shows_owner(conn: &mut Conn, id: WishlistId, shows_owner: bool) -> Result<()> {
    diesel::update(wishlists::table.find(id)).set(wishlists::shows_owner.eq(shows_owner)).execute(conn)?;
    Ok(())
}

/// The list to which a link leads.
pub fn by_token(conn: &mut Conn, token_hash: &str) -> Result<Shared> {
    let of = wishlists::table.inner_join(accounts::table).filter(wishlists::share_token_hash.eq(token_hash));
    let of = of.filter(accounts::disabled_at.is_null());
    let (id, name, shows_owner, owner): (WishlistId, String, bool, String) =
        of.select((wishlists::id, wishlists::name, wishlists::shows_owner, accounts::name)).first(conn)?;
    Ok(Shared { name, owner: Some(owner).filter(|_| shows_owner), id })
}

/// The columns of an [`Item`].
macro_rules! columns {
    () => {
        (
            wishlist_items::id,
            wishlist_items::product_id,
            wishlist_items::variant_id,
            wishlist_items::note,
            products::slug,
            products::title,
            products::option_names,
            variants::option_values.nullable(),
        )
    };
}

/// Things on a list, what was put there last first.
pub fn items(conn: &mut Conn, list: WishlistId, page: PageRequest) -> Result<Page<Item>> {
    let of = || wishlist_items::table.filter(wishlist_items::wishlist_id.eq(list));
    let joined = of().inner_join(products::table).left_join(variants::table.on(variants::id.nullable().eq(wishlist_items::variant_id)));
    let listed = joined.order(wishlist_items::id.desc()).limit(page.limit()).offset(page.offset());
    Ok(page.of(listed.select(columns!()).load(conn)?, of().count().get_result(conn)?))
}

/// One of them, held until the transaction ends.
///
/// # Errors
/// `NotFound` when it is not, or not any more, on this list.
pub fn lock_item(conn: &mut Conn, list: WishlistId, id: WishlistItemId) -> Result<Item> {
    let of = wishlist_items::table.find(id).filter(wishlist_items::wishlist_id.eq(list));
    of.select(wishlist_items::id).for_update().first::<WishlistItemId>(conn)?;
    let joined = wishlist_items::table
        .inner_join(products::table)
        .left_join(variants::table.on(variants::id.nullable().eq(wishlist_items::variant_id)));
    Ok(joined.filter(wishlist_items::id.eq(id)).select(columns!()).first(conn)?)
}

/// `false`: it was there already.
///
/// # Errors
/// `Invalid` on `list` when it is full; `NotFound` for a variant of another product.
pub fn put(conn: &mut Conn, list: WishlistId, product: ProductId, variant: Option<VariantId>) -> Result<bool> {
    let insert = sql_query("INSERT INTO wishlist_items (wishlist_id, product_id, variant_id) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING");
    let insert = insert.bind::<BigInt, _>(list).bind::<BigInt, _>(product).bind::<Nullable<BigInt>, _>(variant);
    let put = insert.execute(conn).on_constraint("wishlist_items_number", full);
    Ok(put.on_constraint("wishlist_items_variant_of_product", || Error::NotFound)? > 0)
}

fn full() -> Error {
    let most = super::model::MOST_ITEMS;
    Error::invalid(
        "list",
        format!("The list holds {most} things, which are as many as one takes. Make another list, or take something off"),
    )
}

pub fn set_note(conn: &mut Conn, id: WishlistItemId, note: &str) -> Result<()> {
    diesel::update(wishlist_items::table.find(id)).set(wishlist_items::note.eq(note)).execute(conn)?;
    Ok(())
}

/// # Errors
/// `Invalid` on `list` when the other list is full, or has it already.
pub fn move_to(conn: &mut Conn, id: WishlistItemId, list: WishlistId) -> Result<()> {
    let has = || Error::invalid("list", "The other list has it already");
    let moved = diesel::update(wishlist_items::table.find(id)).set(wishlist_items::wishlist_id.eq(list)).execute(conn);
    let moved = moved.on_constraint("wishlist_items_number", full).on_constraint("wishlist_items_variant_once", has);
    moved.on_constraint("wishlist_items_product_once", has)?;
    Ok(())
}

/// `false`: it was gone already.
pub fn remove(conn: &mut Conn, list: WishlistId, id: WishlistItemId) -> Result<bool> {
    let of = wishlist_items::table.find(id).filter(wishlist_items::wishlist_id.eq(list));
    Ok(diesel::delete(of).execute(conn)? > 0)
}

/// One account's lists become another's, of the same person, with their links. One of a name that is there gets its number to it.
/// Tells how many came over.
pub fn merge(conn: &mut Conn, from: AccountId, into: AccountId) -> Result<usize> {
    let hold = "SELECT FROM accounts WHERE id IN ($1, $2) ORDER BY id FOR NO KEY UPDATE";
    sql_query(hold).bind::<BigInt, _>(from).bind::<BigInt, _>(into).execute(conn)?;
    let moved = sql_query(
        "UPDATE wishlists w SET account_id = $2,
            is_default = w.is_default AND NOT EXISTS (SELECT FROM wishlists o WHERE o.account_id = $2 AND o.is_default),
            name = CASE WHEN EXISTS (SELECT FROM wishlists o WHERE o.account_id = $2 AND lower(o.name) = lower(w.name))
                THEN left(w.name, 55) || ' (' || w.id || ')' ELSE w.name END
         WHERE w.account_id = $1",
    );
    Ok(moved.bind::<BigInt, _>(from).bind::<BigInt, _>(into).execute(conn)?)
}
