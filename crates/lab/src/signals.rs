//! Ctrl-C, and a request to end: the run under way notices, and tidies up
//! first. The second one ends lab at once.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, LazyLock};

use anyhow::Result;

/// Set by Ctrl-C: the run under way ends, and with it all that it started.
pub static INTERRUPTED: LazyLock<Arc<AtomicBool>> = LazyLock::new(Arc::default);

/// Whether a signal ends lab at once, since nothing is to be tidied up.
static AT_ONCE: LazyLock<Arc<AtomicBool>> =
    LazyLock::new(|| Arc::new(AtomicBool::new(true)));

/// From now on there is something to tidy up.
pub fn tidy_up_first() {
    AT_ONCE.store(false, Ordering::Relaxed);
}

/// Whether the run is to end.
pub fn interrupted() -> bool {
    INTERRUPTED.load(Ordering::Relaxed)
}

/// Takes SIGINT, SIGTERM and SIGHUP.
///
/// # Errors
///
/// When the system does not allow it.
#[cfg(unix)]
pub fn handle() -> Result<()> {
    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
    use signal_hook::flag;

    for signal in [SIGINT, SIGTERM, SIGHUP] {
        flag::register_conditional_shutdown(signal, 130, AT_ONCE.clone())?;
        flag::register(signal, AT_ONCE.clone())?;
        flag::register(signal, INTERRUPTED.clone())?;
    }
    Ok(())
}

/// Takes Ctrl-C, and what else ends a program.
///
/// # Errors
///
/// When the system does not allow it.
#[cfg(not(unix))]
pub fn handle() -> Result<()> {
    ctrlc::set_handler(|| {
        if AT_ONCE.swap(true, Ordering::Relaxed) {
            std::process::exit(130);
        }
        INTERRUPTED.store(true, Ordering::Relaxed);
    })?;
    Ok(())
}
