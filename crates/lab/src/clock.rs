//! The clock that the taps have too.

use std::time::{SystemTime, UNIX_EPOCH};

/// Nanoseconds since 1970, as the tap counts.
pub fn now() -> u64 {
    let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH);
    let nanos = since_1970.unwrap_or_default().as_nanos();
    u64::try_from(nanos).unwrap_or(u64::MAX)
}
