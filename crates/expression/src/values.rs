/// What an expression makes of values where TaskRouter's reference is silent. The default is this house's reading; a workspace may choose
/// another one, for all its expressions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Values {
    /// `x NOT IN y` holds where `y` is NULL; else no such comparison does.
    pub not_in_null: bool,
    /// NULL stands where 0 does in the order of numbers, so `missing < 5` holds; else NULL is before and after nothing.
    pub null_is_zero: bool,
    /// Texts are compared without regard to their case.
    pub ignore_case: bool,
    /// A number and a text are never equal, and neither comes first; else a text that is a number counts as one beside a number.
    pub text_is_no_number: bool,
    /// CONTAINS holds between texts alone; else numbers and truth values go by their text.
    pub contains_texts_only: bool,
}
