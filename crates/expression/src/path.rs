use std::fmt;

use crate::SyntaxError;
use crate::scan::Scanner;

/// One step into a document.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Segment {
    /// A member of an object.
    Key(String),
    /// An element of an array, counted from 0.
    Index(usize),
}

/// A name such as `worker.routing.levels.billing` or `list[0].id`; the first segment is always a key.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Path {
    pub(crate) segments: Vec<Segment>,
}

impl Path {
    /// Reads a lone path, such as the value of `known_worker_sid`.
    ///
    /// # Errors
    /// Anything that is not exactly one path, with the place where reading stopped.
    pub fn parse(text: &str) -> Result<Path, SyntaxError> {
        let mut scanner = Scanner::new(text)?;
        let path = scanner.path()?;
        scanner.expect_end("the end of the name")?;
        Ok(path)
    }

    pub fn segments(&self) -> &[Segment] {
        &self.segments
    }

    /// The first name: `worker` in `worker.sid`.
    pub fn root(&self) -> &str {
        match self.segments.first() {
            Some(Segment::Key(key)) => key,
            _ => "",
        }
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, segment) in self.segments.iter().enumerate() {
            match segment {
                Segment::Key(key) if position == 0 => f.write_str(key)?,
                Segment::Key(key) => write!(f, ".{key}")?,
                Segment::Index(index) => write!(f, "[{index}]")?,
            }
        }
        Ok(())
    }
}
