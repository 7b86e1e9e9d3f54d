use std::error::Error;
use std::fmt;

/// Why a text is no template, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TemplateError {
    pub message: String,
    /// Counted from 1.
    pub line: usize,
    /// Characters within the line, counted from 1.
    pub column: usize,
}

impl TemplateError {
    pub(crate) fn at(source: &str, offset: usize, message: impl Into<String>) -> TemplateError {
        let before = source.get(..offset).unwrap_or(source);
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        TemplateError { message: message.into(), line: before.matches('\n').count() + 1, column: before[line_start..].chars().count() + 1 }
    }
}

impl fmt::Display for TemplateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at line {}, column {}", self.message, self.line, self.column)
    }
}

impl Error for TemplateError {}

/// Why a template gave no text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RenderError {
    pub kind: RenderErrorKind,
    /// Where it happened, counted from 1.
    pub line: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RenderErrorKind {
    /// [`crate::Budget::steps`] are used up.
    OutOfSteps,
    /// The result would be longer than [`crate::Budget::output_bytes`].
    OutputTooLong,
    /// A filter would make a text longer than [`crate::MAX_VALUE_BYTES`].
    ValueTooLong,
    DividedByZero,
    /// `timezone` was given no name of the time zone database.
    UnknownTimeZone,
    /// `date` was given a format longer than 1,024 bytes.
    DateFormatTooLong,
}

impl RenderErrorKind {
    pub(crate) fn on(self, line: usize) -> RenderError {
        RenderError { kind: self, line }
    }
}

impl fmt::Display for RenderErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            RenderErrorKind::OutOfSteps => "the template takes too many steps",
            RenderErrorKind::OutputTooLong => "the rendered text is too long",
            RenderErrorKind::ValueTooLong => "a filter makes too long a text",
            RenderErrorKind::DividedByZero => "divided by zero",
            RenderErrorKind::UnknownTimeZone => "unknown time zone",
            RenderErrorKind::DateFormatTooLong => "the date format is too long",
        })
    }
}

impl fmt::Display for RenderError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at line {}", self.kind, self.line)
    }
}

impl Error for RenderError {}

/// What can go wrong in [`crate::render`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    Template(TemplateError),
    Render(RenderError),
}

impl From<TemplateError> for Failure {
    fn from(error: TemplateError) -> Failure {
        Failure::Template(error)
    }
}

impl From<RenderError> for Failure {
    fn from(error: RenderError) -> Failure {
        Failure::Render(error)
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Failure::Template(error) => error.fmt(f),
            Failure::Render(error) => error.fmt(f),
        }
    }
}

impl Error for Failure {}
