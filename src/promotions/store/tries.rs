//! Codes tried in vain, against guessing.

use diesel::{prelude::*, sql_query, sql_types::Text};

use crate::{
    base::{Conn, Result},
    schema::coupon_tries,
};

/// Counts a try within ten minutes from the first, and tells how many there are with it. One statement, so that tries side by
/// side are counted one after the other.
pub fn count_one(conn: &mut Conn, who: &str) -> Result<i32> {
    #[derive(QueryableByName)]
    struct Counted {
        #[diesel(sql_type = diesel::sql_types::Integer)]
        tries: i32,
    }
    let counted: Counted = sql_query(
        "INSERT INTO coupon_tries AS t (who, tries) VALUES ($1, 1) ON CONFLICT (who) DO UPDATE SET
            tries = CASE WHEN t.began_at < now() - interval '10 minutes' THEN 1 ELSE LEAST(t.tries + 1, 1000000) END,
            began_at = CASE WHEN t.began_at < now() - interval '10 minutes' THEN now() ELSE t.began_at END
         RETURNING tries",
    )
    .bind::<Text, _>(who)
    .get_result(conn)?;
    Ok(counted.tries)
}

/// The try was a right code after all.
pub fn take_back_one(conn: &mut Conn, who: &str) -> Result<()> {
    let row = coupon_tries::table.find(who).filter(coupon_tries::tries.gt(0));
    diesel::update(row).set(coupon_tries::tries.eq(coupon_tries::tries - 1)).execute(conn)?;
    Ok(())
}

/// Forgets what does not count any more; how many rows.
pub fn forget_old(conn: &mut Conn) -> Result<usize> {
    Ok(sql_query("DELETE FROM coupon_tries WHERE began_at < now() - interval '1 hour'").execute(conn)?)
}
