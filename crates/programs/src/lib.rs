//! What `lab` and `judge` share: where the workspace is, which lessons there
//! are, how programs are built, and how they are ended with all that they
//! started.

mod breaks;
mod build;
mod group;
#[cfg(unix)]
mod guard;
pub mod help;
pub mod lang;
mod lesson;
mod terminal;
mod words;

pub use breaks::may_break;
pub use build::{build, root};
pub use group::Group;
#[cfg(target_os = "linux")]
pub use group::{adopt_orphans, end_orphans};
#[cfg(unix)]
pub use guard::{guard, is_guard};
pub use lesson::{LESSONS, Lesson, Side, lesson};
pub use terminal::terminal;
pub use words::{join, split};
