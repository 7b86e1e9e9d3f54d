//! Whether an expression can be true at all, and whether it can be false, judged without attributes.
//!
//! Both answers are proofs: what is not proved counts as possible, so nothing that can match is ever called impossible.

use std::cmp::Ordering;

use serde_json::Value;

use crate::compare::holds;
use crate::evaluate::Steps;
use crate::scan::number_in;
use crate::{Comparison, DEFAULT_STEPS, Expression, Node, Operand, Operator, Path, Values};

/// Looks that a proof may take; beyond them nothing is proved.
const LOOKS: usize = 500_000;
/// Numbers closer than this share of their size may be the same to a comparison with a fraction.
const NEAR: f64 = 1e-9;

impl Expression {
    /// Proves that no attributes make it true: `1 == 2`, `a == 1 AND a == 2`, `a > 5 AND a < 3`, `a IN []`.
    pub fn never_matches(&self) -> bool {
        self.cannot_be(true)
    }

    /// Proves that all attributes make it true: `1 == 1`.
    pub fn always_matches(&self) -> bool {
        self.cannot_be(false)
    }

    /// The proof knows this house's reading of values alone; under another one nothing is proved.
    fn cannot_be(&self, wanted: bool) -> bool {
        self.values == Values::default() && impossible(Facts::default(), Part::Node(&self.root, wanted), &mut Budget(LOOKS))
    }
}

struct Budget(usize);

impl Budget {
    fn spend(&mut self, looks: usize) -> bool {
        let left = self.0.checked_sub(looks);
        self.0 = left.unwrap_or_default();
        left.is_some()
    }
}

/// What has to hold.
#[derive(Clone, Copy)]
enum Part<'a> {
    /// A condition that is to be true, or false.
    Node(&'a Node, bool),
    /// The path's value equals this.
    Is(&'a Path, &'a Value),
}

/// What is asked of one path's value: that the comparison with a constant holds, or that it does not.
#[derive(Clone, Copy)]
struct Atom<'a> {
    path: &'a Path,
    /// As if the path stood on the left.
    operator: Operator,
    with: &'a Value,
    wanted: bool,
}

#[derive(Clone, Default)]
struct Facts<'a> {
    told: Vec<(&'a Comparison, bool)>,
    atoms: Vec<Atom<'a>>,
    /// Of each of these at least one part holds.
    alternatives: Vec<Vec<Part<'a>>>,
}

/// Whether a part cannot hold together with the facts.
fn impossible<'a>(mut facts: Facts<'a>, part: Part<'a>, budget: &mut Budget) -> bool {
    let mut open = vec![part];
    let before = facts.atoms.len();
    while let Some(part) = open.pop() {
        if !budget.spend(1 + facts.told.len()) {
            return false;
        }
        match part {
            Part::Is(path, with) => facts.atoms.push(Atom { path, operator: Operator::Equal, with, wanted: true }),
            Part::Node(Node::Not(inner), wanted) => open.push(Part::Node(inner, !wanted)),
            Part::Node(Node::And(parts), true) | Part::Node(Node::Or(parts), false) => {
                let Part::Node(_, wanted) = part else { return false };
                open.extend(parts.iter().map(|part| Part::Node(part, wanted)));
            }
            Part::Node(Node::Or(parts), wanted) | Part::Node(Node::And(parts), wanted) => {
                facts.alternatives.push(parts.iter().map(|part| Part::Node(part, wanted)).collect());
            }
            Part::Node(Node::Comparison(comparison), wanted) => {
                if facts.told.contains(&(comparison, !wanted)) || constant(comparison).is_some_and(|is| is != wanted) {
                    return true;
                }
                facts.told.push((comparison, wanted));
                facts.note(comparison, wanted);
            }
        }
    }
    let new = facts.atoms.len() - before;
    if !budget.spend(new * facts.atoms.len()) {
        return false;
    }
    let (known, new) = facts.atoms.split_at(before);
    let among = |no: usize| known.iter().chain(&new[..no]);
    if new.iter().enumerate().any(|(no, atom)| relation(*atom) == 0 || among(no).any(|other| exclude(*atom, *other))) {
        return true;
    }
    // With each way that is left, each together with all the others.
    let Some(ways) = facts.alternatives.pop() else { return false };
    ways.into_iter().all(|way| budget.spend(1 + facts.atoms.len()) && impossible(facts.clone(), way, budget))
}

impl<'a> Facts<'a> {
    fn note(&mut self, comparison: &'a Comparison, wanted: bool) {
        let Comparison { left, operator, right } = comparison;
        let (path, operator, with) = match (left, right) {
            (Operand::Path(path), Operand::Literal(with)) => (path, *operator, with),
            (Operand::Literal(with), Operand::Path(path)) => match mirrored(*operator) {
                Some(operator) => (path, operator, with),
                None => return,
            },
            _ => return,
        };
        match (operator, with) {
            (Operator::In | Operator::NotIn, Value::Array(items)) => {
                let is_one_of = (operator == Operator::In) == wanted;
                let scalars = items.iter().filter(|item| !item.is_array());
                if is_one_of {
                    self.alternatives.push(scalars.map(|item| Part::Is(path, item)).collect());
                } else {
                    self.atoms.extend(scalars.map(|with| Atom { path, operator: Operator::Equal, with, wanted: false }));
                }
            }
            _ => self.atoms.push(Atom { path, operator, with, wanted }),
        }
    }
}

/// The operator with its sides exchanged; none where only one way round has a name.
fn mirrored(operator: Operator) -> Option<Operator> {
    Some(match operator {
        Operator::Equal | Operator::NotEqual => operator,
        Operator::Less => Operator::Greater,
        Operator::LessOrEqual => Operator::GreaterOrEqual,
        Operator::Greater => Operator::Less,
        Operator::GreaterOrEqual => Operator::LessOrEqual,
        Operator::Has => Operator::In,
        Operator::In => Operator::Has,
        Operator::Contains | Operator::NotIn => return None,
    })
}

/// What a comparison comes to, whatever the attributes.
fn constant(comparison: &Comparison) -> Option<bool> {
    use Operator::{Contains, Equal, Greater, GreaterOrEqual, Has, In, Less, LessOrEqual, NotEqual, NotIn};
    let Comparison { left, operator, right } = comparison;
    let literal = |operand: &'_ Operand| match operand {
        Operand::Literal(value) => Some(value.clone()),
        _ => None,
    };
    let (left, right) = (literal(left), literal(right));
    if let (Some(left), Some(right)) = (&left, &right) {
        return holds(left, *operator, right, &mut Steps::new(DEFAULT_STEPS)).ok();
    }
    let either = |is: fn(&Value) -> bool| left.as_ref().is_some_and(is) || right.as_ref().is_some_and(is);
    let (list, value) = if *operator == Has { (&left, &right) } else { (&right, &left) };
    let empty = list.as_ref().and_then(Value::as_array).is_some_and(Vec::is_empty);
    match operator {
        Equal | NotEqual => either(Value::is_array).then_some(false),
        Less | LessOrEqual | Greater | GreaterOrEqual => either(|value| !value.is_number() && !value.is_string()).then_some(false),
        Contains => either(|value| value.is_null() || value.is_array() || value.is_object()).then_some(false),
        Has | In if empty || value.as_ref().is_some_and(Value::is_array) => Some(false),
        NotIn if empty => Some(true),
        Has | In | NotIn => list.as_ref().is_some_and(|list| !list.is_array()).then_some(false),
    }
}

const EQUAL: u8 = 1;
const LESS: u8 = 2;
const GREATER: u8 = 4;
/// A value that has no order with the constant.
const OTHER: u8 = 8;
const LIST: u8 = 16;
const ANY: u8 = 31;

/// How the value may stand to the constant.
fn relation(atom: Atom) -> u8 {
    use Operator::{Contains, Equal, Greater, GreaterOrEqual, Has, In, Less, LessOrEqual, NotEqual, NotIn};
    let ordered = |relation: u8| if atom.with.is_number() || atom.with.is_string() { relation } else { 0 };
    let held = match atom.operator {
        Equal | NotEqual if atom.with.is_array() => 0,
        Equal => EQUAL,
        NotEqual => LESS | GREATER | OTHER,
        Less => ordered(LESS),
        LessOrEqual => ordered(LESS | EQUAL),
        Greater => ordered(GREATER),
        GreaterOrEqual => ordered(GREATER | EQUAL),
        // These say something of other things than the order.
        Has if atom.wanted => return LIST,
        Contains | In if atom.wanted => return ANY & !LIST,
        Contains | Has | In | NotIn => return ANY,
    };
    if atom.wanted { held } else { ANY & !held }
}

/// The one value that fits, where it is one.
fn only(atom: Atom<'_>) -> Option<&Value> {
    let single = match atom.with {
        Value::Null | Value::Bool(_) => true,
        // Text of a number equals the number, too.
        Value::String(text) => number_in(text).is_none(),
        _ => false,
    };
    (atom.wanted && atom.operator == Operator::Equal && single).then_some(atom.with)
}

/// Whether no value is both.
fn exclude(one: Atom, other: Atom) -> bool {
    if one.path != other.path {
        return false;
    }
    let fails = |value: &Value, atom: Atom| {
        holds(value, atom.operator, atom.with, &mut Steps::new(DEFAULT_STEPS)).is_ok_and(|held| held != atom.wanted)
    };
    if only(one).is_some_and(|value| fails(value, other)) || only(other).is_some_and(|value| fails(value, one)) {
        return true;
    }
    let (a, b) = (relation(one), relation(other));
    let lists = |relation: u8| relation == LIST;
    if lists(a) && b & LIST == 0 || lists(b) && a & LIST == 0 {
        return true;
    }
    let scalar = |atom: Atom| !matches!(atom.operator, Operator::Has | Operator::Contains | Operator::In | Operator::NotIn);
    if !scalar(one) || !scalar(other) {
        return false;
    }
    if one.with == other.with {
        return a & b == 0;
    }
    let (lower, upper) = match clearly(one.with, other.with) {
        Some(Ordering::Less) => (a, b),
        Some(Ordering::Greater) => (b, a),
        _ => return false,
    };
    // Where a value may stand to the lower constant and to the upper one.
    let both = [(LESS, LESS), (EQUAL, LESS), (GREATER, LESS), (GREATER, EQUAL), (GREATER, GREATER), (OTHER, OTHER), (LIST, LIST)];
    !both.iter().any(|(to_lower, to_upper)| lower & to_lower != 0 && upper & to_upper != 0)
}

/// The order of two constants that every value sees alike; none where some value might not.
fn clearly(one: &Value, other: &Value) -> Option<Ordering> {
    match (one, other) {
        (Value::Number(a), Value::Number(b)) => {
            let (a, b) = (a.as_f64()?, b.as_f64()?);
            if (a - b).abs() <= NEAR * a.abs().max(b.abs()) {
                return None;
            }
            a.partial_cmp(&b)
        }
        (Value::String(a), Value::String(b)) if number_in(a).is_none() && number_in(b).is_none() => Some(a.cmp(b)),
        _ => None,
    }
}
