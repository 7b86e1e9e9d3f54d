use crate::TemplateError;

/// The template cut into literal text, `{{ outputs }}` and `{% tags %}`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Chunk<'a> {
    Text(&'a str),
    /// The inside, and where it begins in the source.
    Output(&'a str, usize),
    Tag(&'a str, usize),
}

/// Cuts the source; `raw` becomes text and comments vanish here, because what is inside is not Liquid.
pub(crate) fn chunks(source: &str) -> Result<Vec<Chunk<'_>>, TemplateError> {
    let mut chunks = Vec::new();
    let mut at = 0;
    let mut trim_start = false;
    while let Some(open) = next_open(source, at) {
        let is_output = source[open..].starts_with("{{");
        let close = if is_output { "}}" } else { "%}" };
        let Some(end) = find_close(source, open + 2, close) else {
            let message = format!("this is never closed by `{close}`");
            return Err(TemplateError::at(source, open, message));
        };
        let (inside, inside_at, trim) = trimmed_inside(source, open + 2, end);
        push_text(&mut chunks, &source[at..open], trim_start, trim.before);
        at = end + 2;
        trim_start = trim.after;
        if is_output {
            chunks.push(Chunk::Output(inside, inside_at));
            continue;
        }
        match inside.trim() {
            name @ ("raw" | "comment") => {
                let Some(block) = find_end_tag(source, at, name) else {
                    let message = format!("`{name}` has no `end{name}`");
                    return Err(TemplateError::at(source, open, message));
                };
                if name == "raw" {
                    let body = &source[at..block.body_end];
                    push_text(&mut chunks, body, trim_start, block.trim.before);
                }
                at = block.end;
                trim_start = block.trim.after;
            }
            _ => chunks.push(Chunk::Tag(inside, inside_at)),
        }
    }
    push_text(&mut chunks, &source[at..], trim_start, false);
    Ok(chunks)
}

#[derive(Clone, Copy)]
struct Trim {
    before: bool,
    after: bool,
}

fn push_text<'a>(chunks: &mut Vec<Chunk<'a>>, text: &'a str, start: bool, end: bool) {
    let text = if start { text.trim_start() } else { text };
    let text = if end { text.trim_end() } else { text };
    if !text.is_empty() {
        chunks.push(Chunk::Text(text));
    }
}

fn next_open(source: &str, from: usize) -> Option<usize> {
    let bytes = source.as_bytes();
    let mut at = from;
    loop {
        at += source[at..].find('{')?;
        match bytes.get(at + 1) {
            // In `{{{x}}}` the first brace is text: JSON templates are written so.
            Some(b'{') if bytes.get(at + 2) == Some(&b'{') => at += 1,
            Some(b'{' | b'%') => return Some(at),
            _ => at += 1,
        }
    }
}

/// The place of the closing mark, past any quoted one.
fn find_close(source: &str, from: usize, close: &str) -> Option<usize> {
    let mut at = from;
    loop {
        let rest = &source[at..];
        let end = rest.find(close)?;
        match rest[..end].find(['"', '\'']) {
            None => return Some(at + end),
            Some(open) => {
                let quote = if rest[open..].starts_with('"') { '"' } else { '\'' };
                at += open + 1;
                at += source[at..].find(quote)? + 1;
            }
        }
    }
}

fn trimmed_inside(source: &str, from: usize, to: usize) -> (&str, usize, Trim) {
    let inside = &source[from..to];
    let before = inside.starts_with('-');
    let inside = inside.strip_prefix('-').unwrap_or(inside);
    let after = inside.ends_with('-');
    let inside = inside.strip_suffix('-').unwrap_or(inside);
    (inside, from + usize::from(before), Trim { before, after })
}

struct EndTag {
    body_end: usize,
    end: usize,
    trim: Trim,
}

fn find_end_tag(source: &str, from: usize, name: &str) -> Option<EndTag> {
    let mut at = from;
    loop {
        let open = at + source[at..].find("{%")?;
        let close = open + 2 + source[open + 2..].find("%}")?;
        let (inside, _, trim) = trimmed_inside(source, open + 2, close);
        if inside.trim().strip_prefix("end") == Some(name) {
            return Some(EndTag { body_end: open, end: close + 2, trim });
        }
        at = open + 2;
    }
}
