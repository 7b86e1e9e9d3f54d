use crate::chunk::{Chunk, chunks};
use crate::condition::Condition;
use crate::cursor::Cursor;
use crate::operand::Operand;
use crate::tree::{For, Node, NodeKind, Over, Piped, Template};
use crate::{MAX_NESTING, MAX_TEMPLATE_BYTES, TemplateError};

impl Template {
    /// Reads a template. Text without tags is one too.
    ///
    /// # Errors
    /// The first thing that is not understood: an unknown tag or filter, an unclosed block,
    /// more than [`MAX_TEMPLATE_BYTES`], or nesting over [`MAX_NESTING`].
    pub fn parse(source: &str) -> Result<Template, TemplateError> {
        if source.len() > MAX_TEMPLATE_BYTES {
            let message = format!("the template is longer than {MAX_TEMPLATE_BYTES} bytes");
            return Err(TemplateError::at(source, 0, message));
        }
        let chunks = chunks(source)?;
        let mut parser = Parser { source, chunks: chunks.into_iter(), nesting: 0, line: 1, line_at: 0 };
        let (nodes, end) = parser.nodes(&[])?;
        match end {
            None => Ok(Template { nodes }),
            Some(end) => end.cursor.error(format!("unexpected `{}`", end.name)),
        }
    }
}

struct Parser<'a> {
    source: &'a str,
    chunks: std::vec::IntoIter<Chunk<'a>>,
    nesting: usize,
    /// The line at `line_at`, counted on as chunks are taken.
    line: usize,
    line_at: usize,
}

/// The tag that ended a list of nodes, such as `else` or `endif`.
struct End<'a> {
    name: &'a str,
    cursor: Cursor<'a>,
}

impl<'a> Parser<'a> {
    /// Nodes up to one of the given tags or the end of the template.
    fn nodes(&mut self, ends: &[&str]) -> Result<(Vec<Node>, Option<End<'a>>), TemplateError> {
        let mut nodes = Vec::new();
        while let Some(chunk) = self.chunks.next() {
            let (kind, line) = match chunk {
                Chunk::Text(text) => (NodeKind::Text(text.to_owned()), self.line),
                Chunk::Output(inside, at) => {
                    let line = self.line_of(at);
                    let mut cursor = Cursor::new(self.source, inside, at);
                    if cursor.at_end() {
                        continue;
                    }
                    (NodeKind::Output(cursor.piped()?), line)
                }
                Chunk::Tag(inside, at) => {
                    let line = self.line_of(at);
                    let mut cursor = Cursor::new(self.source, inside, at);
                    cursor.peek();
                    let name = cursor.name()?;
                    if ends.contains(&name) {
                        return Ok((nodes, Some(End { name, cursor })));
                    }
                    (self.tag(name, cursor, at)?, line)
                }
            };
            nodes.push(Node { line, kind });
        }
        Ok((nodes, None))
    }

    fn line_of(&mut self, at: usize) -> usize {
        self.line += self.source[self.line_at..at].matches('\n').count();
        self.line_at = at;
        self.line
    }

    fn tag(&mut self, name: &str, mut cursor: Cursor<'a>, at: usize) -> Result<NodeKind, TemplateError> {
        if self.nesting == MAX_NESTING {
            return cursor.error(format!("nested deeper than {MAX_NESTING} levels"));
        }
        self.nesting += 1;
        let kind = match name {
            "if" => self.branches(cursor, false, "endif", at),
            "unless" => self.branches(cursor, true, "endunless", at),
            "case" => self.case(cursor, at),
            "for" => self.loops(cursor, at),
            "capture" => self.capture(cursor, at),
            "assign" => assign(cursor),
            "cycle" => cycle(cursor),
            "increment" => counter(cursor, NodeKind::Increment),
            "decrement" => counter(cursor, NodeKind::Decrement),
            "break" => cursor.expect_end().map(|()| NodeKind::Break),
            "continue" => cursor.expect_end().map(|()| NodeKind::Continue),
            "else" | "elsif" | "when" => cursor.error(format!("`{name}` without its block")),
            _ if name.starts_with("end") => cursor.error(format!("`{name}` closes nothing")),
            _ => cursor.error(format!("unknown tag `{name}`")),
        };
        self.nesting -= 1;
        kind
    }

    /// Nodes up to one of the given tags, which must come.
    fn body(&mut self, ends: &[&str], at: usize) -> Result<(Vec<Node>, End<'a>), TemplateError> {
        match self.nodes(ends)? {
            (nodes, Some(end)) => Ok((nodes, end)),
            (_, None) => {
                let wanted = ends.last().copied().unwrap_or_default();
                let message = format!("this block has no `{wanted}`");
                Err(TemplateError::at(self.source, at, message))
            }
        }
    }

    fn branches(&mut self, mut cursor: Cursor<'a>, negated: bool, last: &'static str, at: usize) -> Result<NodeKind, TemplateError> {
        let mut condition = cursor.condition(negated)?;
        let mut branches = Vec::new();
        loop {
            let (nodes, mut end) = self.body(&["elsif", "else", last], at)?;
            branches.push((condition, nodes));
            condition = match end.name {
                "elsif" => end.cursor.condition(false)?,
                "else" => {
                    end.cursor.expect_end()?;
                    let (nodes, _) = self.body(&[last], at)?;
                    branches.push((Condition::always(), nodes));
                    return Ok(NodeKind::If(branches));
                }
                _ => return Ok(NodeKind::If(branches)),
            };
        }
    }

    fn case(&mut self, mut cursor: Cursor<'a>, at: usize) -> Result<NodeKind, TemplateError> {
        let subject = cursor.operand()?;
        cursor.expect_end()?;
        // What stands before the first `when` belongs to no branch.
        let (_, mut end) = self.body(&["when", "else", "endcase"], at)?;
        let mut branches = Vec::new();
        let mut otherwise = Vec::new();
        loop {
            match end.name {
                "when" => {
                    let values = when_values(&mut end.cursor)?;
                    let (nodes, next) = self.body(&["when", "else", "endcase"], at)?;
                    branches.push((values, nodes));
                    end = next;
                }
                "else" => {
                    end.cursor.expect_end()?;
                    (otherwise, end) = self.body(&["endcase"], at)?;
                }
                _ => {
                    return Ok(NodeKind::Case { subject, branches, otherwise });
                }
            }
        }
    }

    fn loops(&mut self, mut cursor: Cursor<'a>, at: usize) -> Result<NodeKind, TemplateError> {
        let name = cursor.name()?.to_owned();
        if !cursor.take_word("in") {
            return cursor.expected("`in`");
        }
        let over = over(&mut cursor)?;
        let (mut limit, mut offset, mut reversed) = (None, None, false);
        while !cursor.at_end() {
            match cursor.take_label() {
                Some("limit") => limit = Some(cursor.operand()?),
                Some("offset") => offset = Some(cursor.operand()?),
                Some(label) => return cursor.error(format!("a loop has no `{label}`")),
                None if cursor.take_word("reversed") => reversed = true,
                None if cursor.take(",") => {}
                None => return cursor.expected("`limit`, `offset` or `reversed`"),
            }
        }
        let (body, end) = self.body(&["else", "endfor"], at)?;
        let otherwise = match end.name {
            "else" => self.body(&["endfor"], at)?.0,
            _ => Vec::new(),
        };
        Ok(NodeKind::For(Box::new(For { name, over, limit, offset, reversed, body, otherwise })))
    }

    fn capture(&mut self, mut cursor: Cursor<'a>, at: usize) -> Result<NodeKind, TemplateError> {
        let name = variable(&mut cursor)?;
        cursor.expect_end()?;
        let (body, _) = self.body(&["endcapture"], at)?;
        Ok(NodeKind::Capture(name, body))
    }
}

fn over(cursor: &mut Cursor<'_>) -> Result<Over, TemplateError> {
    if !cursor.take("(") {
        return Ok(Over::Value(cursor.operand()?));
    }
    let from = cursor.operand()?;
    if !cursor.take("..") {
        return cursor.expected("`..`");
    }
    let to = cursor.operand()?;
    if !cursor.take(")") {
        return cursor.expected("`)`");
    }
    Ok(Over::Range(from, to))
}

fn when_values(cursor: &mut Cursor<'_>) -> Result<Vec<Operand>, TemplateError> {
    let mut values = vec![cursor.operand()?];
    while cursor.take(",") || cursor.take_word("or") {
        values.push(cursor.operand()?);
    }
    cursor.expect_end()?;
    Ok(values)
}

/// A variable's own name; quotes around it are accepted, as captures are written so.
fn variable(cursor: &mut Cursor<'_>) -> Result<String, TemplateError> {
    let quote = ["\"", "'"].into_iter().find(|quote| cursor.take(quote));
    let name = cursor.name()?.to_owned();
    match quote {
        Some(quote) if !cursor.take(quote) => cursor.expected("the closing quote"),
        _ => Ok(name),
    }
}

fn assign(mut cursor: Cursor<'_>) -> Result<NodeKind, TemplateError> {
    let name = variable(&mut cursor)?;
    if !cursor.take("=") {
        return cursor.expected("`=`");
    }
    let value: Piped = cursor.piped()?;
    Ok(NodeKind::Assign(name, value))
}

fn counter(mut cursor: Cursor<'_>, kind: fn(String) -> NodeKind) -> Result<NodeKind, TemplateError> {
    let name = cursor.name()?.to_owned();
    cursor.expect_end()?;
    Ok(kind(name))
}

fn cycle(mut cursor: Cursor<'_>) -> Result<NodeKind, TemplateError> {
    let first = cursor.operand()?;
    let mut values = Vec::new();
    let group = if cursor.take(":") {
        values.push(cursor.operand()?);
        Some(format!("{first:?}"))
    } else {
        values.push(first);
        None
    };
    while cursor.take(",") {
        values.push(cursor.operand()?);
    }
    cursor.expect_end()?;
    // Without a name, cycles over the same values share one position.
    let group = group.unwrap_or_else(|| format!("{values:?}"));
    Ok(NodeKind::Cycle { group, values })
}
