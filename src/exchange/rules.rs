//! What a file means for what the shop has: where the file says nothing, things stay as they are.

use super::{
    model::{ProductInFile, Sku, StockInFile, VariantInFile},
    report::quoted,
};
use crate::{
    base::TextList,
    catalog::{NewVariant, Product, ProductChange, Status, Variant},
    inventory::Stock,
};

/// The product as it stands in the shop, to compare with what the file wants.
pub fn as_change(product: &Product) -> ProductChange {
    ProductChange {
        slug: product.slug.clone(),
        title: product.title.clone(),
        description: product.description.clone(),
        vendor: product.vendor.clone(),
        product_type: product.product_type.clone(),
        tags: product.tags.clone(),
        option_names: product.option_names.clone(),
        status: product.status,
        featured: product.featured,
        is_gift_card: product.is_gift_card,
    }
}

/// The product as the file wants it. A new product of which the file does not say whether it is for sale is a draft.
pub fn wanted_product(file: &ProductInFile, before: Option<&Product>) -> ProductChange {
    let blank = || ProductChange {
        slug: file.slug.clone(),
        title: String::new(),
        description: String::new(),
        vendor: String::new(),
        product_type: String::new(),
        tags: TextList::default(),
        option_names: TextList::default(),
        status: Status::Draft,
        featured: false,
        is_gift_card: false,
    };
    let had = before.map_or_else(blank, as_change);
    ProductChange {
        slug: had.slug,
        title: file.title.clone(),
        description: file.description.clone().unwrap_or(had.description),
        vendor: file.vendor.clone().unwrap_or(had.vendor),
        product_type: file.product_type.clone().unwrap_or(had.product_type),
        tags: file.tags.as_ref().map_or(had.tags, |tags| TextList(tags.list.clone())),
        option_names: file.option_names.clone().map_or(had.option_names, TextList),
        status: file.status.unwrap_or(had.status),
        featured: file.tags.as_ref().map_or(had.featured, |tags| tags.featured),
        is_gift_card: file.is_gift_card.unwrap_or(had.is_gift_card),
    }
}

/// The variant as it stands in the shop, to compare with what the file wants.
pub fn as_new(variant: &Variant) -> NewVariant {
    NewVariant {
        position: variant.position,
        sku: variant.sku.clone(),
        option_values: variant.option_values.clone(),
        price: variant.price,
        compare_at: variant.compare_at,
        weight_grams: variant.weight_grams,
        barcode: variant.barcode.clone(),
        tax_class: None,
    }
}

/// The variant as the file wants it.
pub fn wanted_variant(file: &VariantInFile, before: Option<&Variant>) -> NewVariant {
    let sku = match (&file.sku, before) {
        (Sku::Made(_), Some(before)) => before.sku.clone(),
        (Sku::Given(sku) | Sku::Made(sku), _) => sku.clone(),
    };
    let compare_at = file.compare_at.unwrap_or_else(|| before.and_then(|before| before.compare_at));
    let had_options = || before.map(|before| before.option_values.clone());
    NewVariant {
        position: file.position,
        sku,
        option_values: file.option_values.clone().map(TextList).or_else(had_options).unwrap_or_default(),
        price: file.price,
        // A former price that the file does not tell must not outlive a price that has risen above it.
        compare_at: compare_at.filter(|former| *former > file.price),
        weight_grams: file.weight_grams.or(before.map(|before| before.weight_grams)).unwrap_or(0),
        barcode: file.barcode.clone().or_else(|| before.map(|before| before.barcode.clone())).unwrap_or_default(),
        // What is so already, or what the file doesn't tell, is not said again.
        tax_class: file.tax_class.clone().filter(|class| before.is_none_or(|before| before.tax_class != *class)),
    }
}

/// Takes a tax class away that is none of these, and tells it.
pub fn known_class(wanted: &mut NewVariant, classes: &[String]) -> Option<String> {
    let unknown = wanted.tax_class.take_if(|class| !classes.contains(class))?;
    Some(format!("the tax class {} is unknown, so it was left out; add it under Tax", quoted(&unknown)))
}

/// For each variant of the file the one of the shop that it means: that with the same options, or else with the same SKU.
pub fn matching<'a>(file: &[VariantInFile], shop: &'a [Variant]) -> Vec<Option<&'a Variant>> {
    let same_options = |new: &VariantInFile, old: &Variant| new.option_values.as_deref() == Some(&*old.option_values);
    let mut matched: Vec<_> = file.iter().map(|new| shop.iter().find(|old| same_options(new, old))).collect();
    for (at, new) in file.iter().enumerate() {
        if matched[at].is_none() {
            let is_free = |old: &Variant| !matched.iter().flatten().any(|taken| taken.id == old.id);
            matched[at] = shop.iter().find(|old| old.sku == new.sku.as_str() && is_free(old));
        }
    }
    matched
}

/// What to do about a variant's stock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StockChange {
    Untrack,
    Count(i32),
    /// The file has fewer than belong to orders.
    TooFew {
        on_hand: i32,
        allocated: i32,
    },
}

/// `before` is `None` for a new variant, which gets a row in any case, so that staff find it among what runs low.
pub fn stock_change(file: StockInFile, before: Option<&Stock>) -> Option<StockChange> {
    match (file, before) {
        (StockInFile::OnHand(on_hand), Some(before)) if before.tracked && before.on_hand == on_hand => None,
        // What may be sold beyond stock may belong to orders as well.
        (StockInFile::OnHand(on_hand), Some(before)) if on_hand < before.allocated - before.backorder_limit => {
            Some(StockChange::TooFew { on_hand, allocated: before.allocated })
        }
        (StockInFile::OnHand(on_hand), _) => Some(StockChange::Count(on_hand)),
        (StockInFile::Untracked, Some(before)) => before.tracked.then_some(StockChange::Untrack),
        (StockInFile::Untracked | StockInFile::Unsaid, None) => Some(StockChange::Untrack),
        (StockInFile::Tracked, None) => Some(StockChange::Count(0)),
        (StockInFile::Tracked | StockInFile::Unsaid, Some(_)) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        base::{ProductId, VariantId},
        exchange::model::PolicyInFile,
    };

    fn in_file(options: Option<&[&str]>, sku: Sku) -> VariantInFile {
        VariantInFile {
            row: 2,
            position: 1,
            sku,
            option_values: options.map(words),
            price: 1000,
            compare_at: None,
            weight_grams: None,
            barcode: None,
            stock: StockInFile::Unsaid,
            tax_class: None,
            policy: PolicyInFile::default(),
            archived: None,
            parts: None,
            download: None,
        }
    }

    fn in_shop(id: i64, options: &[&str], sku: &str) -> Variant {
        Variant {
            id: VariantId(id),
            product_id: ProductId(1),
            position: 1,
            sku: sku.to_owned(),
            option_values: TextList(words(options)),
            price: 900,
            compare_at: Some(950),
            weight_grams: 70,
            barcode: "123".to_owned(),
            tax_class: "standard".to_owned(),
            archived_at: None,
            is_digital: false,
            is_bundle: false,
        }
    }

    fn words(words: &[&str]) -> Vec<String> {
        words.iter().map(|word| (*word).to_owned()).collect()
    }

    fn given(sku: &str) -> Sku {
        Sku::Given(sku.to_owned())
    }

    #[test]
    fn variants_are_known_by_their_options_first_and_then_by_their_sku() {
        let shop = [in_shop(1, &["Small"], "A"), in_shop(2, &["Large"], "B"), in_shop(3, &["Huge"], "C")];
        let file = [in_file(Some(&["Tiny"]), given("B")), in_file(Some(&["Large"]), given("A")), in_file(Some(&["New"]), given("C"))];
        let ids: Vec<_> = matching(&file, &shop).into_iter().map(|found| found.map(|variant| variant.id.0)).collect();
        assert_eq!(ids, [None, Some(2), Some(3)]);
        let by_sku = [in_file(None, given("C"))];
        assert_eq!(matching(&by_sku, &shop)[0].map(|variant| variant.id.0), Some(3));
    }

    #[test]
    fn what_the_file_does_not_say_stays() {
        let shop = in_shop(1, &["Small"], "A");
        let wanted = wanted_variant(&in_file(None, Sku::Made("X".into())), Some(&shop));
        assert_eq!((wanted.sku.as_str(), wanted.weight_grams, wanted.barcode.as_str()), ("A", 70, "123"));
        assert_eq!(wanted.option_values.0, ["Small"]);
    }

    #[test]
    fn a_former_price_below_the_new_price_goes() {
        assert_eq!(wanted_variant(&in_file(None, given("A")), Some(&in_shop(1, &[], "A"))).compare_at, None);
    }

    #[test]
    fn stock_is_counted_only_where_it_differs() {
        let had = |tracked, on_hand| Stock { tracked, on_hand, allocated: 2, ..Stock::none(VariantId(1)) };
        assert_eq!(stock_change(StockInFile::OnHand(5), Some(&had(true, 5))), None);
        assert_eq!(stock_change(StockInFile::OnHand(5), Some(&had(true, 6))), Some(StockChange::Count(5)));
        assert_eq!(stock_change(StockInFile::OnHand(5), Some(&had(false, 0))), Some(StockChange::Count(5)));
        assert_eq!(stock_change(StockInFile::OnHand(1), Some(&had(true, 6))), Some(StockChange::TooFew { on_hand: 1, allocated: 2 }));
        assert_eq!(stock_change(StockInFile::Tracked, Some(&had(true, 6))), None);
        assert_eq!(stock_change(StockInFile::Untracked, Some(&had(true, 6))), Some(StockChange::Untrack));
        assert_eq!(stock_change(StockInFile::Untracked, Some(&had(false, 0))), None);
    }

    #[test]
    fn a_new_variant_always_gets_its_stock() {
        assert_eq!(stock_change(StockInFile::Tracked, None), Some(StockChange::Count(0)));
        assert_eq!(stock_change(StockInFile::Unsaid, None), Some(StockChange::Untrack));
    }
}
