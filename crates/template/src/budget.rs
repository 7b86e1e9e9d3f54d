use std::cell::Cell;

use crate::error::RenderErrorKind;

/// What one rendering may use up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    /// Nodes and filters run, plus one for each 64 bytes of text they handle.
    pub steps: u32,
    /// The longest result; a capture may not be longer either.
    pub output_bytes: usize,
    /// How often one loop runs before it is cut short with a warning.
    pub loop_iterations: usize,
}

impl Default for Budget {
    /// 50,000 steps, 16 KiB of output, 15 runs of a loop.
    fn default() -> Budget {
        Budget { steps: 50_000, output_bytes: 16 * 1024, loop_iterations: 15 }
    }
}

/// Steps left; shared, because operands are read while the scope is borrowed.
pub(crate) struct Steps(Cell<u32>);

impl Steps {
    pub fn new(steps: u32) -> Steps {
        Steps(Cell::new(steps))
    }

    pub fn spend(&self, count: usize) -> Result<(), RenderErrorKind> {
        let count = u32::try_from(count).map_err(|_| RenderErrorKind::OutOfSteps)?;
        let left = self.0.get().checked_sub(count);
        self.0.set(left.ok_or(RenderErrorKind::OutOfSteps)?);
        Ok(())
    }

    pub fn spend_bytes(&self, bytes: usize) -> Result<(), RenderErrorKind> {
        self.spend(bytes / 64)
    }
}
