//! How far a transfer is.

use indicatif::style::TemplateError;
use indicatif::{ProgressBar, ProgressFinish, ProgressStyle};

/// A bar on a terminal; elsewhere indicatif draws nothing.
///
/// # Errors
///
/// When indicatif does not understand the template.
pub fn progress_bar(size: u64) -> Result<ProgressBar, TemplateError> {
    let style = "{wide_bar} {bytes} of {total_bytes} {bytes_per_sec}";
    Ok(ProgressBar::new(size)
        .with_style(ProgressStyle::with_template(style)?)
        .with_finish(ProgressFinish::AndClear))
}
