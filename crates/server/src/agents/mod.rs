//! Workers by the hundred: their attributes as skills, as lines of a table, and changed together.
//! Nothing here reads or writes; who asks and what is kept stands in `resource`.

pub mod edit;
pub mod plan;
pub mod sheet;
pub mod skills;
