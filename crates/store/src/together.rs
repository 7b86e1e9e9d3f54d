//! Questions of different nouns that do not wait for each other's answers, put in one go.

use anyhow::Result;
use db::{Ask, Row, Tx};

/// A question, and how its rows are read.
pub struct Asked<T> {
    ask: Ask,
    read: fn(&[Row]) -> Result<T>,
}

impl<T> Asked<T> {
    pub(crate) fn new(ask: Ask, read: fn(&[Row]) -> Result<T>) -> Self {
        Asked { ask, read }
    }
}

/// One question alone.
pub async fn one<A>(tx: &mut Tx<'_>, a: Asked<A>) -> Result<A> {
    let [rows] = tx.together([a.ask]).await?;
    (a.read)(&rows)
}

/// Two, in this order.
pub async fn two<A, B>(tx: &mut Tx<'_>, a: Asked<A>, b: Asked<B>) -> Result<(A, B)> {
    let [first, second] = tx.together([a.ask, b.ask]).await?;
    Ok(((a.read)(&first)?, (b.read)(&second)?))
}

/// Three, in this order.
pub async fn three<A, B, C>(tx: &mut Tx<'_>, a: Asked<A>, b: Asked<B>, c: Asked<C>) -> Result<(A, B, C)> {
    let [first, second, third] = tx.together([a.ask, b.ask, c.ask]).await?;
    Ok(((a.read)(&first)?, (b.read)(&second)?, (c.read)(&third)?))
}
