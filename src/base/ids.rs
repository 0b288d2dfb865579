//! Typed ids, so that a variant's id can't stand where an order's belongs.

use diesel::{
    backend::Backend,
    deserialize::{self, FromSql, FromSqlRow},
    expression::AsExpression,
    pg::Pg,
    serialize::{self, Output, ToSql},
    sql_types,
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident($inner:ty) as $sql:ty) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, AsExpression, FromSqlRow)]
        #[diesel(sql_type = $sql)]
        #[serde(transparent)]
        pub struct $name(pub $inner);

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }

        impl std::str::FromStr for $name {
            type Err = <$inner as std::str::FromStr>::Err;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.parse().map(Self)
            }
        }

        impl FromSql<$sql, Pg> for $name {
            fn from_sql(bytes: <Pg as Backend>::RawValue<'_>) -> deserialize::Result<Self> {
                <$inner as FromSql<$sql, Pg>>::from_sql(bytes).map(Self)
            }
        }

        impl ToSql<$sql, Pg> for $name {
            fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
                <$inner as ToSql<$sql, Pg>>::to_sql(&self.0, out)
            }
        }
    };
}

macro_rules! uuid_id {
    // Version 4, all random: the id alone opens something or tells how busy a shop is.
    ($name:ident, new_v4) => {
        id!($name(Uuid) as sql_types::Uuid);

        impl $name {
            #[allow(clippy::new_without_default, reason = "a default that differs at every call would surprise")]
            pub fn new() -> Self {
                Self(Uuid::new_v4())
            }
        }
    };
    ($(#[$doc:meta])* $name:ident) => {
        id!($(#[$doc])* $name(Uuid) as sql_types::Uuid);

        impl $name {
            /// A new id. Version 7: later ids sort later, which keeps indexes compact.
            #[allow(clippy::new_without_default, reason = "a default that differs at every call would surprise")]
            pub fn new() -> Self {
                Self(Uuid::now_v7())
            }
        }
    };
}

id!(AccountId(i64) as sql_types::BigInt);
id!(CategoryId(i64) as sql_types::BigInt);
id!(CollectionId(i64) as sql_types::BigInt);
id!(ProductId(i64) as sql_types::BigInt);
id!(VariantId(i64) as sql_types::BigInt);
id!(BrandId(i64) as sql_types::BigInt);
id!(ProductTypeId(i64) as sql_types::BigInt);
id!(AttributeId(i64) as sql_types::BigInt);
id!(ChoiceId(i64) as sql_types::BigInt);
id!(RedirectId(i64) as sql_types::BigInt);
id!(RevisionId(i64) as sql_types::BigInt);
id!(BulkEditId(i64) as sql_types::BigInt);
id!(PageId(i64) as sql_types::BigInt);
id!(ShippingMethodId(i64) as sql_types::BigInt);
id!(ShippingZoneId(i64) as sql_types::BigInt);
id!(OrderId(i64) as sql_types::BigInt);
id!(OrderLineId(i64) as sql_types::BigInt);
id!(ShipmentId(i64) as sql_types::BigInt);
id!(GroupId(i64) as sql_types::BigInt);
id!(PriceListId(i64) as sql_types::BigInt);
id!(PromotionId(i64) as sql_types::BigInt);
id!(ConditionId(i64) as sql_types::BigInt);
id!(CouponId(i64) as sql_types::BigInt);
id!(CreditId(i64) as sql_types::BigInt);
id!(DownloadId(i64) as sql_types::BigInt);
id!(DownloadFileId(i64) as sql_types::BigInt);
id!(TaxZoneId(i64) as sql_types::BigInt);
id!(TaxRateId(i64) as sql_types::BigInt);
id!(LocationId(i64) as sql_types::BigInt);
id!(ReceiptId(i64) as sql_types::BigInt);
id!(TransferId(i64) as sql_types::BigInt);
id!(StocktakeId(i64) as sql_types::BigInt);
id!(ReturnId(i64) as sql_types::BigInt);
id!(InvoiceId(i64) as sql_types::BigInt);
id!(JobId(i64) as sql_types::BigInt);
id!(LinkId(i64) as sql_types::BigInt);
id!(ProviderId(i64) as sql_types::BigInt);
id!(IdentityId(i64) as sql_types::BigInt);
id!(SynonymId(i64) as sql_types::BigInt);
id!(RoleId(i64) as sql_types::BigInt);
id!(AddressId(i64) as sql_types::BigInt);
id!(WishlistId(i64) as sql_types::BigInt);
id!(WishlistItemId(i64) as sql_types::BigInt);
id!(ReviewId(i64) as sql_types::BigInt);
id!(AlertId(i64) as sql_types::BigInt);
id!(SubscriberId(i64) as sql_types::BigInt);
id!(TagId(i64) as sql_types::BigInt);
id!(NoteId(i64) as sql_types::BigInt);
id!(ErasureId(i64) as sql_types::BigInt);
id!(InvitationId(i64) as sql_types::BigInt);
uuid_id!(MailId);
uuid_id!(MediaId);
uuid_id!(ExchangeId);
uuid_id!(CartId);
uuid_id!(AttemptId);
uuid_id!(RefundId);
uuid_id!(CaptureId);
uuid_id!(SignInId, new_v4);
uuid_id!(ExportId, new_v4);
uuid_id!(ActingId, new_v4);
