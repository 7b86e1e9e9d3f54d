use std::str::FromStr;

use serde_json::Value;

use crate::scan::Scanner;
use crate::{Comparison, Expression, MAX_NESTING, Node, Operand, Operator, SyntaxError, Values};

impl Expression {
    /// Reads an expression. Empty text is an error, because what it means differs by place.
    ///
    /// # Errors
    /// The first thing that does not fit the grammar, text over [`crate::MAX_TEXT_BYTES`],
    /// or nesting over [`MAX_NESTING`].
    pub fn parse(text: &str) -> Result<Expression, SyntaxError> {
        let mut parser = Parser { scanner: Scanner::new(text)?, nesting: 0 };
        let root = parser.or()?;
        parser.scanner.expect_end("AND, OR or the end")?;
        Ok(Expression { root, values: Values::default() })
    }
}

impl FromStr for Expression {
    type Err = SyntaxError;

    fn from_str(text: &str) -> Result<Expression, SyntaxError> {
        Expression::parse(text)
    }
}

struct Parser<'a> {
    scanner: Scanner<'a>,
    nesting: usize,
}

impl Parser<'_> {
    fn or(&mut self) -> Result<Node, SyntaxError> {
        let first = self.and()?;
        let mut parts = vec![first];
        while self.scanner.take_keyword("OR") {
            parts.push(self.and()?);
        }
        Ok(one_or(parts, Node::Or))
    }

    fn and(&mut self) -> Result<Node, SyntaxError> {
        let first = self.unary()?;
        let mut parts = vec![first];
        while self.scanner.take_keyword("AND") {
            parts.push(self.unary()?);
        }
        Ok(one_or(parts, Node::And))
    }

    fn unary(&mut self) -> Result<Node, SyntaxError> {
        if self.scanner.take_keyword("NOT") {
            return Ok(Node::Not(Box::new(self.primary()?)));
        }
        self.primary()
    }

    fn primary(&mut self) -> Result<Node, SyntaxError> {
        if !self.scanner.take('(') {
            return self.comparison();
        }
        let inside = self.nested(Parser::or)?;
        if !self.scanner.take(')') {
            return self.scanner.expected("AND, OR or `)`");
        }
        Ok(inside)
    }

    fn comparison(&mut self) -> Result<Node, SyntaxError> {
        let left = self.operand()?;
        let operator = self.operator()?;
        let right = self.operand()?;
        Ok(Node::Comparison(Comparison { left, operator, right }))
    }

    fn operator(&mut self) -> Result<Operator, SyntaxError> {
        let scanner = &mut self.scanner;
        // Blanks inside `! =` occur in deployed workflows, so each character is taken by itself.
        if scanner.take('=') {
            scanner.take('=');
            return Ok(Operator::Equal);
        }
        if scanner.take('!') {
            if scanner.take('=') {
                return Ok(Operator::NotEqual);
            }
            return scanner.expected("`=` after `!`");
        }
        if scanner.take('<') {
            return Ok(either(scanner.take('='), Operator::LessOrEqual, Operator::Less));
        }
        if scanner.take('>') {
            return Ok(either(scanner.take('='), Operator::GreaterOrEqual, Operator::Greater));
        }
        if scanner.take_keyword("CONTAINS") {
            return Ok(Operator::Contains);
        }
        if scanner.take_keyword("HAS") {
            return Ok(Operator::Has);
        }
        if scanner.take_keyword("IN") {
            return Ok(Operator::In);
        }
        if scanner.take_keyword("NOT") {
            if scanner.take_keyword("IN") {
                return Ok(Operator::NotIn);
            }
            return scanner.expected("IN after NOT");
        }
        if scanner.peek() == Some('-') {
            return scanner.error("a name cannot contain `-`, and there is no arithmetic");
        }
        scanner.expected("an operator such as == or HAS")
    }

    fn operand(&mut self) -> Result<Operand, SyntaxError> {
        match self.scanner.peek() {
            Some(quote @ ('"' | '\'')) => Ok(Operand::Literal(self.scanner.string(quote)?.into())),
            Some('0'..='9' | '-') => Ok(Operand::Literal(self.scanner.number()?)),
            Some('[') => self.list(),
            Some(_) if self.scanner.take_keyword("TRUE") => Ok(Operand::Literal(true.into())),
            Some(_) if self.scanner.take_keyword("FALSE") => Ok(Operand::Literal(false.into())),
            Some(_) if self.scanner.take_keyword("NULL") => Ok(Operand::Literal(Value::Null)),
            Some('A'..='Z' | 'a'..='z' | '_' | '$') => Ok(Operand::Path(self.scanner.path()?)),
            _ => self.scanner.expected("a value or a name"),
        }
    }

    fn list(&mut self) -> Result<Operand, SyntaxError> {
        self.scanner.take('[');
        let items = self.nested(Parser::items)?;
        Ok(list_of(items))
    }

    fn items(&mut self) -> Result<Vec<Operand>, SyntaxError> {
        let mut items = Vec::new();
        if self.scanner.take(']') {
            return Ok(items);
        }
        loop {
            items.push(self.operand()?);
            if self.scanner.take(']') {
                return Ok(items);
            }
            if !self.scanner.take(',') {
                return self.scanner.expected("`,` or `]`");
            }
        }
    }

    fn nested<T>(&mut self, read: impl FnOnce(&mut Self) -> Result<T, SyntaxError>) -> Result<T, SyntaxError> {
        if self.nesting == MAX_NESTING {
            return self.scanner.error(format!("nested deeper than {MAX_NESTING} levels"));
        }
        self.nesting += 1;
        let result = read(self);
        self.nesting -= 1;
        result
    }
}

/// A list of constants is one constant, so that evaluation does not build it again each time.
pub(crate) fn list_of(items: Vec<Operand>) -> Operand {
    let constants: Option<Vec<Value>> = items
        .iter()
        .map(|item| match item {
            Operand::Literal(value) => Some(value.clone()),
            _ => None,
        })
        .collect();
    constants.map_or(Operand::List(items), |values| Operand::Literal(Value::Array(values)))
}

fn one_or(mut parts: Vec<Node>, many: fn(Vec<Node>) -> Node) -> Node {
    match parts.pop() {
        Some(only) if parts.is_empty() => only,
        Some(last) => {
            parts.push(last);
            many(parts)
        }
        None => many(parts),
    }
}

fn either(condition: bool, yes: Operator, no: Operator) -> Operator {
    if condition { yes } else { no }
}
