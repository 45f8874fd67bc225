//! How many sockets a process may have open at once.

/// Raises the bound of this process, and so of those that it starts, as far
/// as the system lets it. Gives the new one.
#[cfg(unix)]
pub fn raise() -> u64 {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    // macOS takes no more than OPEN_MAX, though it promises more.
    let open_max = current.map(|current| current.max(10_240));
    for current in [maximum, open_max] {
        let raised = Rlimit { current, maximum };
        if setrlimit(Resource::Nofile, raised).is_ok() {
            break;
        }
    }
    getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX)
}

/// Windows has no such bound.
#[cfg(not(unix))]
pub fn raise() -> u64 {
    u64::MAX
}
