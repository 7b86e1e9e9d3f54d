use serde_json::Value;

use super::{Given, Result};
use crate::error::RenderErrorKind;
use crate::number::{Num, tidy};

fn operand(given: &Given<'_>) -> Num {
    given.argument(0).map_or(Num::Whole(0), Num::of)
}

pub fn plus(input: Value, given: &Given<'_>) -> Result<Value> {
    let sum = Num::of(&input).combine(operand(given), i64::checked_add, |a, b| a + b);
    Ok(sum.value())
}

pub fn minus(input: Value, given: &Given<'_>) -> Result<Value> {
    let difference = Num::of(&input).combine(operand(given), i64::checked_sub, |a, b| a - b);
    Ok(difference.value())
}

pub fn times(input: Value, given: &Given<'_>) -> Result<Value> {
    let product = Num::of(&input).combine(operand(given), i64::checked_mul, |a, b| a * b);
    Ok(product.value())
}

/// Two whole numbers divide to a whole number, rounded down.
pub fn divided_by(input: Value, given: &Given<'_>) -> Result<Value> {
    let divisor = divisor(given)?;
    let quotient = Num::of(&input).combine(
        divisor,
        |a, b| {
            let quotient = a.checked_div(b)?;
            let down = a % b != 0 && (a < 0) != (b < 0);
            Some(quotient - i64::from(down))
        },
        |a, b| a / b,
    );
    Ok(quotient.value())
}

/// The remainder has the divisor's sign.
pub fn modulo(input: Value, given: &Given<'_>) -> Result<Value> {
    let divisor = divisor(given)?;
    let remainder = Num::of(&input).combine(
        divisor,
        |a, b| {
            let remainder = a.checked_rem(b)?;
            let shift = remainder != 0 && (remainder < 0) != (b < 0);
            Some(if shift { remainder + b } else { remainder })
        },
        |a, b| a - b * (a / b).floor(),
    );
    Ok(remainder.value())
}

fn divisor(given: &Given<'_>) -> Result<Num> {
    let divisor = operand(given);
    if divisor.is_zero() {
        return Err(RenderErrorKind::DividedByZero);
    }
    Ok(divisor)
}

pub fn abs(input: Value, _: &Given<'_>) -> Result<Value> {
    Ok(match Num::of(&input) {
        Num::Whole(whole) => match whole.checked_abs() {
            Some(whole) => whole.into(),
            None => whole.unsigned_abs().into(),
        },
        Num::Decimal(number) => number.abs().into(),
    })
}

pub fn ceil(input: Value, _: &Given<'_>) -> Result<Value> {
    Ok(Num::of(&input).rounded(f64::ceil).value())
}

pub fn floor(input: Value, _: &Given<'_>) -> Result<Value> {
    Ok(Num::of(&input).rounded(f64::floor).value())
}

/// To a whole number, or to a number of digits after the point (at most 15).
pub fn round(input: Value, given: &Given<'_>) -> Result<Value> {
    let number = Num::of(&input);
    let digits = match operand(given) {
        Num::Whole(digits @ 1..) => i32::try_from(digits.min(15)).unwrap_or(15),
        _ => return Ok(number.rounded(f64::round).value()),
    };
    Ok(match number {
        Num::Whole(whole) => whole.into(),
        Num::Decimal(number) => {
            let scale = 10f64.powi(digits);
            let scaled = tidy(number * scale).round() / scale;
            // A number too large to scale has no digits after its point.
            let rounded = if scaled.is_finite() { scaled } else { number };
            tidy(rounded).into()
        }
    })
}

pub fn at_least(input: Value, given: &Given<'_>) -> Result<Value> {
    let (number, least) = (Num::of(&input), operand(given));
    Ok(if number.as_f64() < least.as_f64() { least } else { number }.value())
}

pub fn at_most(input: Value, given: &Given<'_>) -> Result<Value> {
    let (number, most) = (Num::of(&input), operand(given));
    Ok(if number.as_f64() > most.as_f64() { most } else { number }.value())
}
