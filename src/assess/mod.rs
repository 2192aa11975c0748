//! Findings weighed: rolled up through measures to the controls of each framework, counted, and put before the gate.

mod controls;
mod gate;
mod summary;

pub use controls::roll_up;
pub use gate::{GateRule, judge, waits};
pub use summary::{add, summarise};
